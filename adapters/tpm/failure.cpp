#include "adapters/tpm/failure.hpp"

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tpm2_types.h>

namespace leafgate::tpm {
namespace {

constexpr unsigned about_parameter = 0x40;
constexpr unsigned about_session = 0x800;

bool is_of_tpm(TSS2_RC code) { return (code & TSS2_RC_LAYER_MASK) == TSS2_TPM_RC_LAYER; }

Sign sign_of_numbered(TSS2_RC code) {
  const unsigned number = error_number(code);
  const bool parameter = (code & about_parameter) != 0;
  const bool session = !parameter && (code & about_session) != 0;
  switch (number) {
    case TPM2_RC_HANDLE & 0x3F:
      return Sign::restarted;
    case TPM2_RC_TYPE & 0x3F:  // a handle of ours is another thing now
      return parameter || session ? Sign::request : Sign::restarted;
    case TPM2_RC_INTEGRITY & 0x3F:
      return Sign::strange;
    case TPM2_RC_BAD_AUTH & 0x3F:
    case TPM2_RC_AUTH_FAIL & 0x3F:
      return session ? Sign::strange : Sign::request;
    default:
      return Sign::request;
  }
}

Errc errc_of(Sign sign) {
  switch (sign) {
    case Sign::request:
    case Sign::strange:
    case Sign::foreign:
      return Errc::refused;
    default:
      return Errc::throttled;
  }
}

}  // namespace

unsigned error_number(TSS2_RC code) {
  return is_of_tpm(code) && (code & TPM2_RC_FMT1) != 0 ? code & 0x3F : 0;
}

Sign sign_of(TSS2_RC code) {
  if (code == TSS2_RC_SUCCESS) return Sign::request;
  if (!is_of_tpm(code)) return Sign::no_answer;
  if ((code & TPM2_RC_FMT1) != 0) return sign_of_numbered(code);
  if (code >= TPM2_RC_REFERENCE_H0 && code <= TPM2_RC_REFERENCE_S6) return Sign::restarted;
  switch (code) {
    case TPM2_RC_INITIALIZE:
      return Sign::restarted;
    case TPM2_RC_FAILURE:
      return Sign::failing;
    case TPM2_RC_LOCKOUT:
      return Sign::locked;
    case TPM2_RC_OBJECT_MEMORY:
    case TPM2_RC_SESSION_MEMORY:
    case TPM2_RC_MEMORY:
    case TPM2_RC_SESSION_HANDLES:
    case TPM2_RC_OBJECT_HANDLES:
    case TPM2_RC_CONTEXT_GAP:
      return Sign::crowded;
    default:
      return (code & TPM2_RC_WARN) == TPM2_RC_WARN ? Sign::later : Sign::request;
  }
}

Failure failure_of(TSS2_RC code, const char* what) {
  const Sign sign = sign_of(code);
  return {sign, Error(errc_of(sign), std::string(what) + ": " + Tss2_RC_Decode(code)), code};
}

Failure found(Errc code, std::string what, Sign sign) { return {sign, Error(code, std::move(what)), 0}; }

void throw_exception_from_error(const Failure& failure, const boost::source_location& where) {
  leafgate::throw_exception_from_error(failure.error, where);
}

}  // namespace leafgate::tpm

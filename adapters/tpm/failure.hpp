#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <boost/system/result.hpp>
#include <tss2/tss2_common.h>

#include "gateway/model/result.hpp"

namespace leafgate::tpm {

// What an error of a command says of the TPM, beside of the request (design tpm.md §1.3). More than one needs
// a second look before it is believed: suspicions are marked so.
enum class Sign : std::uint8_t {
  request,    // nothing: the request is at fault, or cannot be met
  later,      // it is busy, or may not write just now
  crowded,    // it has no room for another object or session
  no_answer,  // the way to it broke, or the context did
  restarted,  // it does not know our handles any more
  strange,    // suspicion: a blob or an authorization of ours is not good for it
  failing,    // suspicion: it says that it has failed
  locked,     // too many false authorizations
  foreign,    // its keys are not those that are expected
};

// The sign of a response code of tpm2-tss; 0 is none. Pure.
[[nodiscard]] Sign sign_of(TSS2_RC code);

// Why a piece of work with the TPM did not succeed.
struct [[nodiscard]] Failure {
  Sign sign = Sign::request;
  Error error;
  TSS2_RC code = 0;  // of tpm2-tss, 0 where we found it ourselves
};

// "what: text of tpm2-tss", with the Errc that the port's caller gets.
Failure failure_of(TSS2_RC code, const char* what);
Failure found(Errc code, std::string what, Sign sign = Sign::request);

// The number of a format-one error without the handle, session or parameter it is about; 0 for others.
[[nodiscard]] unsigned error_number(TSS2_RC code);

template <class T>
class [[nodiscard]] Outcome : public boost::system::result<T, Failure> {
 public:
  using boost::system::result<T, Failure>::result;
};

// Called by boost::system::result when value() is asked of a failure: that is a bug of the caller.
[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& where);

}  // namespace leafgate::tpm

#include "gateway/model/denial.hpp"

#include <algorithm>

#include "gateway/model/ids.hpp"

namespace leafgate {
namespace {

constexpr std::size_t digest_digits = 64;

bool is_digest(std::string_view lower) {
  return lower.size() == digest_digits &&
         lower.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string_view to_text(DenyKind kind) {
  switch (kind) {
    case DenyKind::registration_id:
      return "registrationId";
    case DenyKind::endorsement_key:
      return "endorsementKey";
    case DenyKind::certificate:
      return "certificate";
  }
  return "registrationId";
}

std::optional<DenyKind> deny_kind_from(std::string_view text) {
  for (const DenyKind kind : {DenyKind::registration_id, DenyKind::endorsement_key, DenyKind::certificate})
    if (to_text(kind) == text) return kind;
  return std::nullopt;
}

Result<Denial> make_denial(DenyKind kind, std::string_view value) {
  Denial out;
  out.kind = kind;
  if (kind == DenyKind::registration_id) {
    const auto id = RegistrationId::parse(value);
    if (!id) return id.error();
    out.value = id->key();
    return out;
  }
  out.value = ascii_lower(value);
  if (is_digest(out.value)) return out;
  return Error(Errc::malformed,
               std::string(to_text(kind)) + " is a SHA-256 in 64 hexadecimal digits without colons");
}

}  // namespace leafgate

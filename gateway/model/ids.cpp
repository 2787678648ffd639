#include "gateway/model/ids.hpp"

#include <algorithm>

namespace leafgate {
namespace {

constexpr std::size_t longest_registration_id = 128;
constexpr std::size_t longest_id_scope = 64;
constexpr std::size_t longest_operation_id = 256;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool all_of(std::string_view text, std::string_view specials) {
  return std::all_of(text.begin(), text.end(), [specials](char c) {
    return is_alnum(c) || specials.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

Result<RegistrationId> RegistrationId::parse(std::string_view text) {
  if (text.empty()) return Error(Errc::malformed, "registrationId is empty");
  if (text.size() > longest_registration_id)
    return Error(Errc::too_large, "registrationId is longer than 128 characters");
  if (!all_of(text, "-._:"))
    return Error(Errc::malformed, "registrationId has a character outside A-Z a-z 0-9 - . _ :");
  if (!is_alnum(text.front()))
    return Error(Errc::malformed, "registrationId must begin with a letter or digit");
  if (!is_alnum(text.back()) && text.back() != '-')
    return Error(Errc::malformed, "registrationId must end with a letter, a digit or '-'");
  return RegistrationId(text);
}

Result<IdScope> IdScope::parse(std::string_view text) {
  if (text.empty()) return Error(Errc::malformed, "idScope is empty");
  if (text.size() > longest_id_scope) return Error(Errc::too_large, "idScope is longer than 64 characters");
  if (!all_of(text, "")) return Error(Errc::malformed, "idScope has a character outside A-Z a-z 0-9");
  return IdScope(text);
}

Result<OperationId> OperationId::parse(std::string_view text) {
  if (text.empty()) return Error(Errc::malformed, "operationId is empty");
  if (text.size() > longest_operation_id)
    return Error(Errc::too_large, "operationId is longer than 256 characters");
  if (!all_of(text, "-._"))
    return Error(Errc::malformed, "operationId has a character outside A-Z a-z 0-9 . _ -");
  return OperationId(text);
}

}  // namespace leafgate

#include "gateway/app/exit.hpp"

#include <algorithm>

namespace leafgate {

Exit exit_of(const Error& error) {
  switch (error.code) {
    case Errc::store_full:
    case Errc::store_fault:
      return Exit::store_fault;
    case Errc::malformed:
    case Errc::too_large:
    case Errc::unsupported:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::refused:
    case Errc::untrusted:
      return Exit::configuration;
    default:
      return Exit::not_now;
  }
}

std::optional<Exit> exit_of(const std::vector<Error>& errors) {
  if (errors.empty()) return std::nullopt;
  const auto wants_a_hand = [](const Error& error) { return exit_of(error) == Exit::configuration; };
  if (std::any_of(errors.begin(), errors.end(), wants_a_hand)) return Exit::configuration;
  return exit_of(errors.front());
}

}  // namespace leafgate

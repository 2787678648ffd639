#include "gateway/app/exit.hpp"

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

}  // namespace leafgate

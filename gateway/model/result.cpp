#include "gateway/model/result.hpp"

#include <stdexcept>

namespace leafgate {

std::string_view to_text(Errc code) {
  switch (code) {
    case Errc::malformed:
      return "malformed";
    case Errc::too_large:
      return "too-large";
    case Errc::unsupported:
      return "unsupported";
    case Errc::not_found:
      return "not-found";
    case Errc::conflict:
      return "conflict";
    case Errc::in_use:
      return "in-use";
    case Errc::refused:
      return "refused";
    case Errc::unreachable:
      return "unreachable";
    case Errc::untrusted:
      return "untrusted";
    case Errc::proxy_failed:
      return "proxy-failed";
    case Errc::own_address:
      return "own-address";
    case Errc::timed_out:
      return "timed-out";
    case Errc::stopped:
      return "stopped";
    case Errc::throttled:
      return "throttled";
    case Errc::implausible:
      return "implausible";
    case Errc::store_full:
      return "store-full";
    case Errc::store_fault:
      return "store-fault";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(std::string("value of an error asked for in ") + where.function_name() + ": " +
                         error.detail);
}

}  // namespace leafgate

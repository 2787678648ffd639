#include "adapters/service/exchange.hpp"

#include "gateway/model/version.hpp"

namespace leafgate::service {
namespace {

// HTTP that cannot be from the service, and trouble on the way to it, in the words of the port.
Error port_error(const Error& error) {
  switch (error.code) {
    case Errc::malformed:
    case Errc::too_large:
      return {Errc::implausible, error.detail};
    case Errc::timed_out:
    case Errc::stopped:
    case Errc::implausible:
    case Errc::unreachable:
    case Errc::untrusted:
    case Errc::proxy_failed:
    case Errc::own_address:
      return error;
    default:
      return {Errc::unreachable, error.detail};
  }
}

}  // namespace

Exchange::Exchange(const Executor& loop, net::HttpClient& http, std::size_t places, Millis time_limit)
    : http_(http), turns_(loop, places), time_limit_(time_limit) {}

Task<Result<net::HttpResponse>> Exchange::send(net::HttpRequest request, std::string token) {
  request.headers.add("Accept", "application/json");
  request.headers.add("User-Agent", "leafgate/" + std::string(version()));
  if (!token.empty()) request.headers.add("Authorization", std::move(token));
  auto turn = co_await turns_.take();
  if (!turn) co_return port_error(turn.error());
  const TimePoint deadline = LoopClock::now() + time_limit_;
  auto response = co_await http_.send(std::move(request), deadline);
  if (!response) {
    const Error& error = response.error();
    // Each would find the same: a thousand of them, a few at a time, would block the lane for an hour.
    if (error.code == Errc::timed_out || error.code == Errc::stopped) turns_.send_away(error);
    co_return port_error(error);
  }
  co_return response;
}

Task<Result<void>> Exchange::reach() {
  auto reached = co_await http_.reach(LoopClock::now() + time_limit_);
  if (!reached) co_return port_error(reached.error());
  co_return Result<void>();
}

}  // namespace leafgate::service

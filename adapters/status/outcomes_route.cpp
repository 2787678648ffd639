#include "adapters/status/guard.hpp"
#include "adapters/status/render_outages.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {
namespace {

Result<std::optional<PromiseState>> state_of(const net::HttpTarget& target) {
  const std::string* text = target.parameter("state");
  if (text == nullptr) return std::optional<PromiseState>();
  const auto state = promise_state_from_code(*text);
  if (!state)
    return Error(
        Errc::malformed,
        "state is one of queued, provisional, needs-the-leaf, confirmed, re-homed, refused, conflict");
  return state;
}

net::HttpResponse not_followed() { return error_reply(404, "no-route", "no outages are followed here"); }

}  // namespace

Task<net::HttpResponse> list_outcomes(const RoutesPorts& ports, const net::HttpRequest&,
                                      const net::HttpTarget& target) {
  if (ports.outages == nullptr) co_return not_followed();
  auto known = only_knows(target, "|state|after|limit|");
  if (!known) co_return error_reply(known.error());
  const auto limit = limit_of(target);
  if (!limit) co_return error_reply(limit.error());
  const auto state = state_of(target);
  if (!state) co_return error_reply(state.error());
  PromiseFilter filter;
  filter.state = *state;
  filter.limit = *limit;
  if (const std::string* after = target.parameter("after")) filter.after = *after;
  auto page = co_await ports.outages->outcomes(std::move(filter));
  if (!page) co_return error_reply(page.error());
  const LinkState uplink = co_await ports.outages->uplink();
  co_return json_reply(render(*page, uplink, ports.commissioning));
}

Task<net::HttpResponse> clear_outcomes(const RoutesPorts& ports, const net::HttpRequest& request,
                                       const net::HttpTarget& target) {
  if (ports.outages == nullptr) co_return not_followed();
  auto known = only_knows(target, "|state|");
  if (!known) co_return error_reply(known.error());
  const auto state = state_of(target);
  if (!state) co_return error_reply(state.error());
  Actor who = co_await who_asks(request, ports.users);
  auto cleared = co_await ports.outages->clear_outcomes(*state, std::move(who));
  if (!cleared) co_return error_reply(cleared.error());
  Json out = {{"cleared", *cleared}};
  co_return json_reply(dumped(out));
}

}  // namespace leafgate::status

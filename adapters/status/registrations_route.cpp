#include "adapters/status/render.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {
namespace {

Result<DeviceFilter> filter_of(const net::HttpTarget& target) {
  if (auto known = only_knows(target, "|state|match|expiring|after|limit|"); !known) return known.error();
  DeviceFilter filter;
  const auto limit = limit_of(target);
  if (!limit) return limit.error();
  filter.limit = *limit;
  if (const std::string* state = target.parameter("state")) {
    filter.state = registration_status_from(*state);
    if (!filter.state)
      return Error(Errc::malformed, "state is one of unassigned, assigning, assigned, failed, disabled");
  }
  if (const std::string* match = target.parameter("match")) filter.match = *match;
  if (const std::string* within = target.parameter("expiring")) {
    const auto span = parse_duration(*within);
    if (!span) return Error(Errc::malformed, "expiring is a duration like 60d: " + span.error().detail);
    filter.expiring = *span;
  }
  if (const std::string* after = target.parameter("after")) filter.after = *after;
  return filter;
}

}  // namespace

Task<bool> service_is_up(const RoutesPorts& ports) {
  if (ports.outages == nullptr) co_return false;
  const LinkState uplink = co_await ports.outages->uplink();
  co_return uplink.up;
}

Task<net::HttpResponse> list_registrations(const RoutesPorts& ports, const net::HttpRequest&,
                                           const net::HttpTarget& target) {
  auto filter = filter_of(target);
  if (!filter) co_return error_reply(filter.error());
  auto page = co_await ports.desk.devices(std::move(*filter));
  if (!page) co_return error_reply(page.error());
  const bool up = co_await service_is_up(ports);
  co_return json_reply(render(*page, up, ports.commissioning));
}

Task<net::HttpResponse> explain_registration(const RoutesPorts& ports, const net::HttpRequest&,
                                             const net::HttpTarget& target) {
  auto id = RegistrationId::parse(target.path.back());
  if (!id) co_return error_reply(id.error());
  const RegistrationId asked = *id;
  auto told = co_await ports.desk.explain(std::move(*id));
  if (!told) co_return error_reply(told.error());
  Beside beside;
  std::optional<Promise> promise;
  LinkState uplink;
  if (ports.outages != nullptr) {
    auto found = co_await ports.outages->promise(asked);
    if (!found) co_return error_reply(found.error());
    promise = std::move(*found);
    if (promise) beside.promise = &*promise;
    uplink = co_await ports.outages->uplink();
    beside.uplink = &uplink;
  }
  LineReport lines;
  if (ports.lines != nullptr) {
    lines = co_await ports.lines->line_report();
    beside.lines = &lines;
  }
  co_return json_reply(render(*told, beside, ports.commissioning));
}

Task<net::HttpResponse> explain_stranger(const RoutesPorts& ports, const net::HttpRequest&,
                                         const net::HttpTarget& target) {
  auto told = co_await ports.desk.explain_address(target.path.back());
  if (!told) co_return error_reply(told.error());
  co_return json_reply(render(*told, ports.commissioning));
}

Task<net::HttpResponse> list_strangers(const RoutesPorts& ports, const net::HttpRequest&,
                                       const net::HttpTarget& target) {
  auto known = only_knows(target, "|");
  if (!known) co_return error_reply(known.error());
  const auto told = co_await ports.desk.strangers();
  co_return json_reply(render(told, ports.commissioning));
}

}  // namespace leafgate::status

// What an operator does to one leaf.
#include "adapters/status/guard.hpp"
#include "adapters/status/render.hpp"
#include "adapters/status/render_parts.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {
namespace {

using Change = Task<Result<void>> (Operator::*)(RegistrationId, Actor);

Task<net::HttpResponse> change(const RoutesPorts& ports, const net::HttpRequest& request,
                               const net::HttpTarget& target, Change what, std::string_view done) {
  auto id = RegistrationId::parse(target.path[2]);
  if (!id) co_return error_reply(id.error());
  const std::string name = id->text();
  Actor who = co_await who_asks(request, ports.users);
  auto changed = co_await (ports.desk.*what)(std::move(*id), std::move(who));
  if (!changed) co_return error_reply(changed.error());
  co_return json_reply(done_json(ports.commissioning, name, done));
}

}  // namespace

Task<net::HttpResponse> refresh_registration(const RoutesPorts& ports, const net::HttpRequest& request,
                                             const net::HttpTarget& target) {
  return change(ports, request, target, &Operator::refresh, "the service is asked about it again");
}

Task<net::HttpResponse> forget_registration(const RoutesPorts& ports, const net::HttpRequest& request,
                                            const net::HttpTarget& target) {
  return change(ports, request, target, &Operator::forget,
                "forgotten: its assignment, its outcome and what waited; the next time it is new here");
}

Task<net::HttpResponse> retry_queued(const RoutesPorts& ports, const net::HttpRequest& request,
                                     const net::HttpTarget& target) {
  return change(ports, request, target, &Operator::retry, "waits no longer; it goes when the pace allows");
}

Task<net::HttpResponse> drop_queued(const RoutesPorts& ports, const net::HttpRequest& request,
                                    const net::HttpTarget& target) {
  return change(ports, request, target, &Operator::drop,
                "taken out of the queue; the leaf is told so at its next poll and registers anew");
}

Task<net::HttpResponse> list_queue(const RoutesPorts& ports, const net::HttpRequest&,
                                   const net::HttpTarget& target) {
  auto known = only_knows(target, "|limit|");
  if (!known) co_return error_reply(known.error());
  const auto limit = limit_of(target);
  if (!limit) co_return error_reply(limit.error());
  const QueueList told = co_await ports.desk.queue(*limit);
  const bool up = co_await service_is_up(ports);
  co_return json_reply(render(told, up, ports.commissioning));
}

}  // namespace leafgate::status

// What programs on the box need to speak for a leaf at its hub.
#include "adapters/status/guard.hpp"
#include "adapters/status/render_parts.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "gateway/ports/bridge_operator.hpp"

namespace leafgate::status {
namespace {

Result<Millis> life_of(const net::HttpTarget& target) {
  if (auto known = only_knows(target, "|for|"); !known) return known.error();
  const std::string* asked = target.parameter("for");
  if (asked == nullptr) return BridgeOperator::longest_life;
  const auto life = parse_duration(*asked);
  if (!life) return Error(Errc::malformed, "for is a duration like 30m: " + life.error().detail);
  return *life;
}

// As an MQTT client of the hub names the device. Source: IoT Hub, communicate using MQTT directly.
std::string user_name(const HubToken& made) {
  return made.hub + "/" + made.device_id + "/?api-version=2021-04-12";
}

std::string token_json(const HubToken& made) {
  Json out = {{"token", made.token}};
  put_time(out, "expires", made.expires);
  out["hub"] = made.hub;
  out["deviceId"] = made.device_id;
  out["username"] = user_name(made);
  return dumped(out);
}

}  // namespace

Task<net::HttpResponse> make_hub_token(const RoutesPorts& ports, const net::HttpRequest& request,
                                       const net::HttpTarget& target) {
  if (ports.bridges == nullptr)
    co_return error_reply(404, "no-route", "this daemon lets nobody speak for leaves");
  auto id = RegistrationId::parse(target.path[2]);
  if (!id) co_return error_reply(id.error());
  const auto life = life_of(target);
  if (!life) co_return error_reply(life.error());
  Actor who = co_await who_asks(request, ports.users);
  const HubTokenAnswer made = co_await ports.bridges->hub_token(std::move(*id), *life, std::move(who));
  if (made.token) co_return json_reply(token_json(*made.token));
  net::HttpResponse refused = error_reply(made.token.error());
  if (made.retry_after > Seconds(0))
    refused.headers.add("Retry-After", std::to_string(made.retry_after.count()));
  co_return refused;
}

}  // namespace leafgate::status

#include "adapters/tunnel/choose.hpp"

#include <algorithm>
#include <array>

namespace leafgate::tunnel {
namespace {

constexpr std::array<std::uint16_t, 3> hub_ports{8883, 443, 5671};  // MQTT; HTTPS and WebSockets; AMQP

bool is_always_passed(const Rules& rules, std::string_view source) {
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(std::string(source), failure);
  if (failure) return false;
  return std::any_of(rules.sources.begin(), rules.sources.end(),
                     [&](const Network& network) { return network.contains(address); });
}

const net::Target* named_place(const Rules& rules, const Facts& facts) {
  const auto found = rules.dial.find(std::string(facts.server_name) + ":" + std::to_string(facts.port));
  return found == rules.dial.end() ? nullptr : &found->second;
}

// Where nobody is served, who does not pass is sent away.
Choice stay(const Facts& facts, std::string_view why) {
  Choice choice;
  choice.way = facts.pass_only ? Way::refuse : Way::terminate;
  choice.why = why;
  return choice;
}

// To the name itself, at the port that it was asked for.
Choice pass(Way way, const Rules& rules, const Facts& facts) {
  Choice choice;
  choice.way = way;
  if (const net::Target* named = named_place(rules, facts)) {
    choice.target = *named;
    choice.reach = net::Reach::direct;
    return choice;
  }
  choice.target.host = facts.server_name;
  choice.target.port = facts.port;
  return choice;
}

Choice to_service(const Rules& rules, const Facts& facts) {
  // Who comes while it is away is answered here: what can be answered then is answered by us alone.
  if (!facts.service_up) return stay(facts, "the service is not reached");
  Choice choice = pass(Way::service, rules, facts);
  if (is_always_passed(rules, facts.address)) return choice;
  choice.without_pass = facts.pass_only ? Way::refuse : Way::terminate;
  choice.why = "only sources in tunnel.sources pass here";
  return choice;
}

}  // namespace

Choice choose(const Rules& rules, const Facts& facts) {
  const std::string_view name = facts.server_name;
  if (const auto route = rules.routes.find(name); route != rules.routes.end()) {
    Choice choice;
    choice.way = Way::neighbour;
    choice.target = route->second;
    choice.reach = net::Reach::direct;
    return choice;
  }
  if (std::find(rules.server_names.begin(), rules.server_names.end(), name) != rules.server_names.end())
    return to_service(rules, facts);
  if (rules.hubs == Hubs::assigned && !name.empty()) {
    const bool hub_port = std::find(hub_ports.begin(), hub_ports.end(), facts.port) != hub_ports.end();
    if (facts.handed_out && (hub_port || named_place(rules, facts) != nullptr))
      return pass(Way::hub, rules, facts);
    // Our certificate would be refused there, and the leaf would look as if it had the wrong CA.
    if (!rules.is_ours(name) && rules.looks_like_hub(name)) {
      Choice choice;
      choice.way = Way::refuse;
      choice.why = facts.handed_out ? "hubs do not pass at this port" : "a hub that was not handed out here";
      return choice;
    }
  }
  return stay(facts, "no such name passes here");
}

}  // namespace leafgate::tunnel

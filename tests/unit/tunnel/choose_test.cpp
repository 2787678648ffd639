#include "adapters/tunnel/choose.hpp"

#include <ostream>

#include <gtest/gtest.h>

namespace leafgate::tunnel::choose_test {

std::ostream& operator<<(std::ostream& out, Way way) {
  const char* names[] = {"terminate", "refuse", "service", "hub", "neighbour"};
  return out << names[static_cast<int>(way)];
}

namespace {

constexpr const char* dps = "dps.example";
constexpr const char* listed = "192.0.2.7";
constexpr const char* other = "192.0.2.8";

Rules rules(Hubs hubs) {
  Rules rules;
  rules.server_names = {dps, "global.azure-devices-provisioning.net"};
  rules.sources = {Network::parse(listed).value(), Network::parse("2001:db8::/64").value()};
  rules.hubs = hubs;
  rules.is_ours = [](std::string_view name) { return name == "gw.site" || name == "ours.azure-devices.net"; };
  rules.routes["edge.site"] = {"127.0.0.1", 18883, ""};
  rules.routes["shared.azure-devices.net"] = {"mosquitto.site", 1884, ""};
  rules.dial["h1.azure-devices.net:9883"] = {"127.0.0.1", 7883, ""};
  rules.dial["dps.example:8883"] = {"10.9.8.7", 28883, ""};
  return rules;
}

struct Row {
  const char* name;
  std::uint16_t port;
  const char* address;
  const char* state;  // u: service up, h: the name was handed out, p: the port only passes
  Hubs hubs;
  Way way;
  Way without_pass;  // the same where no pass is asked for
  const char* dials;
};

constexpr Hubs on = Hubs::assigned;
constexpr Hubs off = Hubs::off;
constexpr Way stays = Way::terminate;
constexpr Way refused = Way::refuse;
constexpr Way service = Way::service;
constexpr Way hub = Way::hub;
constexpr Way neighbour = Way::neighbour;

const Row table[] = {
    // A name of the service.
    {dps, 443, listed, "u", off, service, service, "dps.example:443"},
    {dps, 8883, listed, "u", off, service, service, "10.9.8.7:28883 direct"},
    {dps, 443, "2001:db8::5", "u", off, service, service, "dps.example:443"},
    {dps, 443, other, "u", off, service, stays, "dps.example:443"},
    {dps, 443, other, "u", on, service, stays, "dps.example:443"},
    {dps, 443, "2001:db8:0:1::5", "u", off, service, stays, "dps.example:443"},
    {dps, 443, listed, "", off, stays, stays, ":443"},
    {dps, 443, other, "", off, stays, stays, ":443"},
    {dps, 5671, listed, "up", off, service, service, "dps.example:5671"},
    {dps, 5671, other, "up", off, service, refused, "dps.example:5671"},
    {dps, 5671, listed, "p", off, refused, refused, ":443"},
    {dps, 5671, other, "p", on, refused, refused, ":443"},
    {"global.azure-devices-provisioning.net", 443, other, "u", on, service, stays,
     "global.azure-devices-provisioning.net:443"},
    {"x.dps.example", 443, listed, "u", off, stays, stays, ":443"},
    {"example", 443, listed, "u", off, stays, stays, ":443"},
    {dps, 443, "not an address", "u", off, service, stays, "dps.example:443"},
    // A hub.
    {"h1.azure-devices.net", 8883, other, "uh", on, hub, hub, "h1.azure-devices.net:8883"},
    {"h1.azure-devices.net", 443, other, "uh", on, hub, hub, "h1.azure-devices.net:443"},
    {"h1.azure-devices.net", 5671, other, "hp", on, hub, hub, "h1.azure-devices.net:5671"},
    {"h1.azure-devices.net", 9883, other, "h", on, hub, hub, "127.0.0.1:7883 direct"},
    {"h1.azure-devices.net", 9884, other, "h", on, refused, refused, ":443"},
    {"h1.azure-devices.net", 8883, other, "h", off, stays, stays, ":443"},
    {"h1.azure-devices.net", 5671, other, "hp", off, refused, refused, ":443"},
    {"h2.azure-devices.net", 8883, other, "u", on, refused, refused, ":443"},
    {"h2.azure-devices.net", 8883, listed, "u", on, refused, refused, ":443"},
    {"h2.azure-devices.net", 8883, other, "u", off, stays, stays, ":443"},
    {"h2.azure-devices.cn", 443, other, "u", on, refused, refused, ":443"},
    {"h2.azure-devices.us", 443, other, "u", on, refused, refused, ":443"},
    {"azure-devices.net", 443, other, "u", on, refused, refused, ":443"},
    {"notazure-devices.net", 443, other, "u", on, stays, stays, ":443"},
    {"h2.azure-devices.net.evil.example", 443, other, "u", on, stays, stays, ":443"},
    {"ours.azure-devices.net", 8883, other, "u", on, stays, stays, ":443"},
    {"ours.azure-devices.net", 8883, other, "uh", on, hub, hub, "ours.azure-devices.net:8883"},
    {"hub.private.example", 8883, other, "h", on, hub, hub, "hub.private.example:8883"},
    {"hub.private.example", 9000, other, "h", on, stays, stays, ":443"},
    // A neighbour.
    {"edge.site", 8883, other, "", off, neighbour, neighbour, "127.0.0.1:18883 direct"},
    {"edge.site", 5671, other, "p", on, neighbour, neighbour, "127.0.0.1:18883 direct"},
    {"shared.azure-devices.net", 443, other, "uh", on, neighbour, neighbour, "mosquitto.site:1884 direct"},
    {"x.edge.site", 8883, other, "", off, stays, stays, ":443"},
    // Everything else.
    {"gw.site", 8883, listed, "u", on, stays, stays, ":443"},
    {"", 8883, listed, "u", on, stays, stays, ":443"},
    {"", 5671, listed, "up", on, refused, refused, ":443"},
    {"gw.site", 5671, listed, "up", on, refused, refused, ":443"},
    {"anything.example", 8883, other, "u", off, stays, stays, ":443"},
};

TEST(Choose, by_name_port_source_and_link) {
  for (const Row& row : table) {
    const std::string_view state = row.state;
    Facts facts;
    facts.server_name = row.name;
    facts.address = row.address;
    facts.port = row.port;
    facts.service_up = state.find('u') != std::string_view::npos;
    facts.handed_out = state.find('h') != std::string_view::npos;
    facts.pass_only = state.find('p') != std::string_view::npos;
    const Choice choice = choose(rules(row.hubs), facts);
    const std::string what =
        std::string(row.name) + " at " + std::to_string(row.port) + " from " + row.address + " " + row.state;
    EXPECT_EQ(choice.way, row.way) << what;
    EXPECT_EQ(choice.without_pass.value_or(choice.way), row.without_pass) << what;
    EXPECT_EQ(choice.without_pass.has_value(), row.way != row.without_pass) << what;
    const std::string dials = choice.target.host + ":" + std::to_string(choice.target.port) +
                              (choice.reach == net::Reach::direct ? " direct" : "");
    EXPECT_EQ(dials, row.dials) << what;
    EXPECT_EQ(choice.why.empty(), choice.way != refused && !choice.without_pass && choice.way != stays)
        << what;
  }
}

TEST(Choose, says_why_it_refuses) {
  Facts facts;
  facts.server_name = dps;
  facts.pass_only = true;
  EXPECT_EQ(choose(rules(off), facts).why, "the service is not reached");
  facts.service_up = true;
  EXPECT_EQ(choose(rules(off), facts).why, "only sources in tunnel.sources pass here");
  facts.server_name = "h2.azure-devices.net";
  EXPECT_EQ(choose(rules(on), facts).why, "a hub that was not handed out here");
  facts.handed_out = true;
  EXPECT_EQ(choose(rules(on), facts).why, "hubs do not pass at this port");
  facts.server_name = "gw.site";
  EXPECT_EQ(choose(rules(on), facts).why, "no such name passes here");
}

TEST(Choose, a_site_may_say_what_looks_like_a_hub) {
  Rules own = rules(on);
  own.looks_like_hub = [](std::string_view name) { return is_under(name, {"hubs.site"}); };
  Facts facts;
  facts.port = 8883;
  facts.server_name = "h9.hubs.site";
  EXPECT_EQ(choose(own, facts).way, refused);
  facts.server_name = "h2.azure-devices.net";
  EXPECT_EQ(choose(own, facts).way, stays);
}

}  // namespace
}  // namespace leafgate::tunnel::choose_test

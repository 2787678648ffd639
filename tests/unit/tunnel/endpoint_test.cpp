// The tunnel with real sockets: a leaf, the gateway's listener on two loops, and the other end.
#include "adapters/tunnel/endpoint.hpp"

#include <gtest/gtest.h>

#include "tests/unit/net/hello_bytes.hpp"
#include "tests/unit/tunnel/tunnel_fixture.hpp"

namespace leafgate::tunnel::endpoint_test {
namespace {

using namespace std::chrono_literals;
using net::BlockingClient;

std::string hello(const char* name) { return std::string(as_text(net::hello_bytes(name))); }

TEST_F(TunnelTest, a_source_of_the_list_goes_through_to_the_service) {
  always_pass();
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello(dps));
  const auto service = far_.accept();
  EXPECT_EQ(hear(service.get(), hello(dps).size()), hello(dps)) << "the ClientHello as it was";
  say(service.get(), "an answer");
  EXPECT_EQ(hear(leaf.fd(), 9), "an answer");
  leaf.send("more");
  EXPECT_EQ(hear(service.get(), 4), "more");
  EXPECT_EQ(endpoint_->counts().open, 1U);
  EXPECT_EQ(endpoint_->counts().to_service, 1U);
}

TEST_F(TunnelTest, a_pass_lets_one_connection_through) {
  passes_.give("127.0.0.1", "press-7");
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello(dps));
  const auto service = far_.accept();
  EXPECT_EQ(hear(service.get(), 5).size(), 5U);
  const BlockingClient next(port_);
  next.send(hello(dps));
  EXPECT_EQ(hear(next.fd(), 11), "served here");
}

TEST_F(TunnelTest, who_comes_while_the_service_is_away_is_served_here) {
  always_pass();
  passes_.give("127.0.0.1", "press-7");
  passes_.set_service_up(false);
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello(dps));
  EXPECT_EQ(hear(leaf.fd(), 11), "served here");
}

TEST_F(TunnelTest, a_hub_that_was_handed_out_is_reached_and_that_is_noted) {
  pass_hubs();
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello(hub));
  const auto there = far_.accept();
  EXPECT_EQ(hear(there.get(), hello(hub).size()), hello(hub));
  EXPECT_TRUE(passes_.seen().empty()) << "it has not taken it yet";
  say(there.get(), "\x16\x03\x03 a ServerHello");
  EXPECT_EQ(hear(leaf.fd(), 3).size(), 3U);
  ASSERT_EQ(passes_.seen().size(), 1U);
  EXPECT_EQ(passes_.seen().front(), std::pair(std::string(hub), std::string("127.0.0.1")));
}

TEST_F(TunnelTest, a_hub_that_answers_with_an_alert_has_not_taken_the_connection) {
  pass_hubs();
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello(hub));
  {
    const auto there = far_.accept();
    EXPECT_EQ(hear(there.get(), hello(hub).size()), hello(hub));
    say(there.get(), std::string("\x15\x03\x03\x00\x02\x02\x70", 7));
  }
  EXPECT_EQ(hear(leaf.fd(), 8).size(), 7U);
  EXPECT_TRUE(passes_.seen().empty());
}

TEST_F(TunnelTest, another_hub_is_refused_and_that_is_told) {
  pass_hubs();
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello("h2.azure-devices.net"));
  EXPECT_TRUE(leaf.reads_to_end());
  const DoorEvent told = event();
  EXPECT_EQ(told.reason, Reason::name_not_passed);
  EXPECT_EQ(told.step, "tunnel");
  EXPECT_EQ(told.source.transport, Transport::tunnel);
  EXPECT_EQ(told.source.address, "127.0.0.1");
  EXPECT_EQ(told.detail,
            "h2.azure-devices.net at port " + std::to_string(port_) + ": a hub that was not handed out here");
  EXPECT_EQ(endpoint_->counts().refused, 1U);
}

TEST_F(TunnelTest, nobody_is_served_at_a_port_that_only_passes) {
  start();
  for (const char* name : {"gw.example", "", dps}) {
    const BlockingClient leaf(pass_port_);
    leaf.send(hello(name));
    EXPECT_TRUE(leaf.reads_to_end()) << name;
  }
  const auto told = journal_.events(3);
  ASSERT_EQ(told.size(), 3U);
  const std::string at = " at port " + std::to_string(pass_port_) + ": ";
  EXPECT_EQ(told[0].detail, "gw.example" + at + "no such name passes here");
  EXPECT_EQ(told[1].detail, "no name" + at + "no such name passes here");
  EXPECT_EQ(told[2].detail, dps + at + "only sources in tunnel.sources pass here");
}

TEST_F(TunnelTest, who_may_pass_passes_at_such_a_port) {
  always_pass();
  start();
  const BlockingClient leaf(pass_port_);
  leaf.send(hello(dps));
  EXPECT_EQ(hear(far_.accept().get(), hello(dps).size()), hello(dps));
}

TEST_F(TunnelTest, a_neighbour_on_the_box_is_reached_by_its_name) {
  rules_.routes["edge.site"] = {"localhost", far_.port(), ""};
  proxy_ = net::ProxyServer{"127.0.0.1", 1, ""};  // not by it
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello("edge.site"));
  const auto edge = far_.accept();
  EXPECT_EQ(hear(edge.get(), hello("edge.site").size()), hello("edge.site"));
  say(edge.get(), "welcome");
  EXPECT_EQ(hear(leaf.fd(), 7), "welcome");
  EXPECT_EQ(endpoint_->counts().to_neighbour, 1U);
  EXPECT_TRUE(passes_.seen().empty());
}

TEST_F(TunnelTest, goes_by_the_proxy_that_resolves_the_name_and_loses_nothing) {
  pass_unplaced();
  proxy_ = net::ProxyServer{"127.0.0.1", far_.port(), "site:secret"};
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello(unplaced));
  const auto proxy = far_.accept();
  const std::string place = std::string(unplaced) + ":" + std::to_string(port_);
  const std::string asks = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place +
                           "\r\nProxy-Authorization: Basic c2l0ZTpzZWNyZXQ=\r\n\r\n";
  EXPECT_EQ(hear(proxy.get(), asks.size()), asks);
  say(proxy.get(), "HTTP/1.1 200 OK\r\n\r\nearly");
  EXPECT_EQ(hear(leaf.fd(), 5), "early") << "what came with the proxy's answer";
  EXPECT_EQ(hear(proxy.get(), hello(unplaced).size()), hello(unplaced));
}

TEST_F(TunnelTest, a_proxy_that_says_no_is_told) {
  pass_unplaced();
  proxy_ = net::ProxyServer{"127.0.0.1", far_.port(), ""};
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello(unplaced));
  {
    const auto proxy = far_.accept();
    EXPECT_EQ(hear(proxy.get(), 7), "CONNECT");
    say(proxy.get(), "HTTP/1.1 403 Forbidden\r\n\r\n");
    EXPECT_TRUE(leaf.reads_to_end());
  }
  EXPECT_EQ(event().reason, Reason::tunnel_failed);
  EXPECT_EQ(event().detail,
            "proxy 127.0.0.1:" + std::to_string(far_.port()) + ": 403 Forbidden, asked for localhost");
}

TEST_F(TunnelTest, a_name_that_leads_to_this_machine_is_not_dialled) {
  pass_unplaced();
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello(unplaced));
  EXPECT_TRUE(leaf.reads_to_end());
  const DoorEvent told = event();
  EXPECT_EQ(told.reason, Reason::tunnel_failed);
  EXPECT_NE(told.detail.find("127.0.0.1 port " + std::to_string(port_) + ": is this gateway itself"),
            std::string::npos)
      << told.detail;
  EXPECT_FALSE(session().answered) << "told as one that the service did not answer";
  EXPECT_EQ(endpoint_->counts().failed, 1U);
}

TEST_F(TunnelTest, an_end_that_is_not_there_is_told_with_its_place) {
  const auto closed = net::open_listening("127.0.0.1:0", {});
  ::shutdown(closed->get(), SHUT_RDWR);  // still bound, listens no more
  rules_.routes["edge.site"] = {"127.0.0.1", net::bound_port(closed->get()), ""};
  start();
  const BlockingClient leaf(port_);
  leaf.send(hello("edge.site"));
  EXPECT_TRUE(leaf.reads_to_end());
  EXPECT_EQ(event().reason, Reason::tunnel_failed);
  EXPECT_EQ(event().detail, "127.0.0.1: 127.0.0.1 port " + std::to_string(net::bound_port(closed->get())) +
                                ": Connection refused, asked for edge.site");
}

}  // namespace
}  // namespace leafgate::tunnel::endpoint_test

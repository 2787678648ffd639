#include "gateway/net/listening.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace leafgate::net::listening_test {
namespace {

TEST(Listening, reads_addresses) {
  EXPECT_EQ(parse_listen_address("0.0.0.0:8883")->port, 8883);
  EXPECT_EQ(parse_listen_address("[::]:443")->ip, "::");
  for (const char* bad : {"", "8883", "gw.example:1", "0.0.0.0:", "0.0.0.0:65536", "::1:443", "[0.0.0.0]:1",
                          "0.0.0.0:1x", "0.0.0.0:-1"}) {
    EXPECT_FALSE(parse_listen_address(bad)) << bad;
  }
}

TEST(Listening, a_source_is_an_ipv4_address_or_an_ipv6_64) {
  EXPECT_NE(source_of("127.0.0.1"), source_of("127.1.0.1"));
  EXPECT_EQ(source_of("::ffff:192.0.2.7"), source_of("192.0.2.7"));
  EXPECT_EQ(source_of("2001:db8:1:2::1"), source_of("2001:db8:1:2:ffff::9"));
  EXPECT_NE(source_of("2001:db8:1:2::1"), source_of("2001:db8:1:3::1"));
  EXPECT_FALSE(source_of("/dev/ttyS0"));
}

TEST(Listening, takes_the_inherited_descriptor_that_is_bound_there) {
  const auto systemd = open_listening("127.0.0.1:0", {});
  ASSERT_TRUE(systemd);
  const std::string address = "127.0.0.1:" + std::to_string(bound_port(systemd->get()));
  const std::vector<int> inherited{0, systemd->get()};
  const auto taken = open_listening(address, inherited);
  ASSERT_TRUE(taken) << taken.error().detail;
  EXPECT_EQ(bound_port(taken->get()), bound_port(systemd->get()));

  const auto conflict = open_listening(address, {});
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code, Errc::in_use);
  EXPECT_NE(conflict.error().detail.find(address), std::string::npos);
}

TEST(Listening, tells_of_a_port_that_systemd_opened_at_another_address) {
  const auto systemd = open_listening("0.0.0.0:0", {});
  ASSERT_TRUE(systemd);
  const std::string port = std::to_string(bound_port(systemd->get()));
  const std::vector<int> inherited{systemd->get()};
  const auto taken = open_listening("127.0.0.1:" + port, inherited);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::in_use);
  EXPECT_NE(taken.error().detail.find("systemd opened 0.0.0.0:" + port), std::string::npos)
      << taken.error().detail;
}

TEST(Listening, finds_inherited_sockets_that_no_key_names) {
  const auto named = open_listening("127.0.0.1:0", {});
  const auto unnamed = open_listening("127.0.0.1:0", {});
  ASSERT_TRUE(named && unnamed);
  const std::vector<int> inherited{named->get(), unnamed->get()};
  const std::vector<std::string> addresses{"127.0.0.1:" + std::to_string(bound_port(named->get()))};
  const auto unused = unused_sockets(inherited, addresses);
  ASSERT_EQ(unused.size(), 1U);
  EXPECT_EQ(unused[0].descriptor, unnamed->get());
  EXPECT_EQ(unused[0].name, "127.0.0.1:" + std::to_string(bound_port(unnamed->get())));
}

// After a power cut the daemon may be there before the address is. 192.0.2.0/24 is nobody's (RFC 5737).
TEST(Listening, an_address_that_is_not_there_yet_is_listened_on_all_the_same) {
  for (const std::string address : {"192.0.2.77:0", "[2001:db8::77]:0"}) {
    const auto listening = open_listening(address, {});
    ASSERT_TRUE(listening) << listening.error().detail;
    EXPECT_NE(bound_port(listening->get()), 0) << address;
  }
}

}  // namespace
}  // namespace leafgate::net::listening_test

#include "adapters/tunnel/network.hpp"

#include <gtest/gtest.h>

namespace leafgate::tunnel::network_test {
namespace {

bool holds(const char* network, const char* address) {
  return Network::parse(network).value().contains(boost::asio::ip::make_address(address));
}

struct Row {
  const char* network;
  const char* address;
  bool contains;
};

TEST(Network, contains_the_addresses_behind_its_prefix) {
  const Row rows[] = {
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.8", false},
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.128", true},
      {"10.0.0.0/8", "10.255.1.2", true},
      {"172.16.0.0/12", "172.31.0.1", true},
      {"172.16.0.0/12", "172.32.0.1", false},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"192.0.2.7/32", "192.0.2.7", true},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:db8::1", "2001:db8::1", true},
      {"2001:db8::1", "2001:db8::2", false},
      {"2001:db8::/65", "2001:db8::7fff:0:0:0", true},
      {"2001:db8::/65", "2001:db8::8000:0:0:0", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "192.0.2.7", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(holds(row.network, row.address), row.contains) << row.network << " " << row.address;
}

TEST(Network, says_what_is_wrong_with_a_text) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ": no IP address"},
      {"line-3", "line-3: no IP address"},
      {"192.0.2", "192.0.2: no IP address"},
      {"192.0.2.*", "192.0.2.*: no IP address"},
      {"192.0.2.0/", "192.0.2.0/: the prefix is 0 to 32"},
      {"192.0.2.0/33", "192.0.2.0/33: the prefix is 0 to 32"},
      {"192.0.2.0/-1", "192.0.2.0/-1: the prefix is 0 to 32"},
      {"192.0.2.0/24x", "192.0.2.0/24x: the prefix is 0 to 32"},
      {"192.0.2.0/255.255.255.0", "192.0.2.0/255.255.255.0: the prefix is 0 to 32"},
      {"2001:db8::/129", "2001:db8::/129: the prefix is 0 to 128"},
      {"192.0.2.7/24", "192.0.2.7/24: bits are set behind the prefix"},
      {"2001:db8::1/64", "2001:db8::1/64: bits are set behind the prefix"},
      {"::ffff:192.0.2.7", "::ffff:192.0.2.7: write it as an IPv4 address"},
      {"fe80::1%1", "fe80::1%1: names an interface"},
  };
  for (const auto& [text, detail] : rows) {
    const auto parsed = Network::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::malformed);
    EXPECT_EQ(parsed.error().detail, detail);
  }
}

}  // namespace
}  // namespace leafgate::tunnel::network_test

#include "gateway/net/own_addresses.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/descriptors_used_up.hpp"

namespace leafgate::net::own_addresses_test {
namespace {

struct Row {
  const char* listens_on;
  const char* dialled;
  std::uint16_t port;
  bool ourselves;
};

TEST(OwnAddresses, KnowsWhatLeadsBackToAListener) {
  const Row rows[] = {
      {"0.0.0.0", "127.0.0.1", 8883, true},    {"0.0.0.0", "127.9.9.9", 8883, true},
      {"0.0.0.0", "127.0.0.1", 443, false},    {"0.0.0.0", "192.0.2.1", 8883, false},
      {"0.0.0.0", "::1", 8883, false},         {"0.0.0.0", "0.0.0.0", 8883, true},
      {"::", "127.0.0.1", 8883, true},         {"::", "::1", 8883, true},
      {"::", "::ffff:127.0.0.1", 8883, true},  {"127.0.0.1", "127.0.0.1", 8883, true},
      {"127.0.0.1", "127.0.0.2", 8883, false}, {"127.0.0.1", "0.0.0.0", 8883, true},
      {"192.0.2.7", "192.0.2.7", 8883, true},
  };
  for (const Row& row : rows) {
    OwnAddresses own;
    own.add(row.listens_on, 8883);
    const boost::asio::ip::tcp::endpoint there(boost::asio::ip::make_address(row.dialled), row.port);
    EXPECT_EQ(own.listens_at(there), row.ourselves) << row.listens_on << " <- " << there;
  }
}

TEST(OwnAddresses, TakesNoAddressOfTheWorldForAnInterfaceOfThisMachine) {
  for (const char* foreign : {"192.0.2.1", "2001:db8::1", "127.0.0.1", "::1"})
    EXPECT_FALSE(is_own_interface(boost::asio::ip::make_address(foreign))) << foreign;
}

TEST(OwnAddresses, KnowsAtWhichAddressesSomebodyCanComeIn) {
  for (const char* here : {"0.0.0.0", "::", "127.0.0.1", "127.0.0.77", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(has_address(here)) << here;
  for (const char* foreign : {"192.0.2.77", "2001:db8::77", "169.254.77.77"})
    EXPECT_FALSE(has_address(foreign)) << foreign;
  const auto unasked = [] {
    const DescriptorsUsedUp none_left;
    return has_address("192.0.2.77");
  };
  EXPECT_TRUE(unasked()) << "nobody is told of trouble that nobody has seen";
}

TEST(OwnAddresses, TakesNoPlaceForElsewhereThatItCannotTellApart) {
  const auto there = boost::asio::ip::make_address("203.0.113.7");
  EXPECT_EQ(place_of(there), Place::elsewhere);
  const auto place_unasked = [&there] {
    const DescriptorsUsedUp none_left;  // so the kernel cannot be asked
    return place_of(there);
  };
  EXPECT_EQ(place_unasked(), Place::here);
}

}  // namespace
}  // namespace leafgate::net::own_addresses_test

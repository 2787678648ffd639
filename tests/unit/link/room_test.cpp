// How many attempts there is room for, and whose.
#include <gtest/gtest.h>

#include "tests/unit/link/endpoint_site.hpp"

namespace leafgate::link::room_test {
namespace {

class RoomTest : public EndpointSite {
 protected:
  std::shared_ptr<FakeCarrier> knock(Transport by, std::uint32_t number) {
    const auto stranger = std::make_shared<FakeCarrier>();
    stranger->from = {by, "stranger " + std::to_string(number)};
    LeafAttempt attempt(firmware_, number);
    hear(stranger, attempt.hello());
    return stranger;
  }

  Firmware firmware_ = by_key();
};

TEST_F(RoomTest, WhoFillsTheRoomOfTheBrokerKeepsNoLineOut) {
  for (std::uint32_t n = 0; n < Conversations::most; ++n) knock(Transport::broker, n);
  EXPECT_EQ(endpoint->open(), Conversations::most);
  EXPECT_EQ(knock(Transport::broker, 5'000)->last().type, status_type) << "come again";
  EXPECT_EQ(endpoint->open(), Conversations::most);
  LeafAttempt attempt(firmware_, 5'001);
  EXPECT_EQ(prove(attempt).type, result_type);
}

}  // namespace
}  // namespace leafgate::link::room_test

// What is remembered of those who failed before they named an enrolled id.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::doors_test {
namespace {

using std::chrono::seconds;

class DoorsTest : public testing::Test {
 protected:
  void fails(const std::string& address, Reason reason = Reason::not_tls, const std::string& claimed = {}) {
    DoorEvent event;
    event.source.address = address;
    event.reason = reason;
    event.step = "tcp";
    event.claimed_id = claimed;
    doors.note(std::move(event));
    simulator.run_for(Millis(0));
  }
  static std::string crowd(int n) {
    return "10." + std::to_string(n / 65536) + "." + std::to_string(n / 256 % 256) + "." +
           std::to_string(n % 256);
  }

  Simulator simulator{1};
  FakeClock clock;
  Doors doors{simulator.executor(), clock};
};

TEST_F(DoorsTest, TheSameMistakeAgainTakesNoMoreRoom) {
  for (int i = 0; i < 50; ++i) fails("192.0.2.7", i % 2 == 0 ? Reason::not_tls : Reason::amqp);
  const auto row = doors.of_address("192.0.2.7");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->events, 50U);
  ASSERT_EQ(row->notes.size(), 2U);
  EXPECT_EQ(row->notes.back().reason, Reason::amqp) << "the newest stands last";
}

TEST_F(DoorsTest, TellsTheCauseLastAlsoOfASourceThatIsHeld) {
  fails("192.0.2.7", Reason::not_tls);
  fails("192.0.2.7", Reason::leaf_refuses_our_certificate);
  fails("192.0.2.7", Reason::source_held);
  const auto row = doors.of_address("192.0.2.7");
  ASSERT_TRUE(row);
  ASSERT_EQ(row->notes.size(), 3U);
  EXPECT_EQ(row->notes.back().reason, Reason::leaf_refuses_our_certificate);
}

struct FakeSources final : Sources {
  std::vector<std::string> told;
  void failed(std::string_view address, SourceFault fault) override {
    told.push_back(std::string(address) + (fault == SourceFault::decoder ? " decoder" : " authentication"));
  }
  void verified(std::string_view address) override { told.push_back(std::string(address) + " verified"); }
};

TEST_F(DoorsTest, ReportsWhatTheDoorCannotSee) {
  FakeSources sources;
  doors.report_to(sources);
  fails("192.0.2.7", Reason::mqtt_malformed);
  fails("192.0.2.8", Reason::identity_malformed);
  fails("192.0.2.9", Reason::not_tls);
  const std::vector<std::string> told{"192.0.2.7 decoder", "192.0.2.8 authentication"};
  EXPECT_EQ(sources.told, told) << "what is not TLS the door has seen itself";
}

TEST_F(DoorsTest, KeepsEightDifferentNotesOfASource) {
  for (int i = 0; i < 20; ++i) fails("192.0.2.7", Reason::unknown_enrollment, "leaf-" + std::to_string(i));
  const auto row = doors.of_address("192.0.2.7");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->notes.size(), 8U);
  EXPECT_EQ(row->notes.back().detail, "as leaf-19");
  EXPECT_EQ(doors.of_claimed_id(RegistrationId::parse("LEAF-19").value()).size(), 1U);
}

TEST_F(DoorsTest, ACrowdOfAddressesDoesNotPushOutWhoKeepsComing) {
  fails("192.0.2.7");
  simulator.run_for(seconds(30));
  fails("192.0.2.7");
  for (int i = 0; i < 3'000; ++i) fails(crowd(i));
  EXPECT_TRUE(doors.of_address("192.0.2.7"));
  EXPECT_EQ(doors.all().size(), 129U);
}

TEST_F(DoorsTest, ListsTheLatestFirstAndANetworkOfIpv6AsOne) {
  fails("2001:db8::1");
  simulator.run_for(seconds(1));
  fails("192.0.2.7");
  simulator.run_for(seconds(1));
  fails("2001:db8::2");
  const auto rows = doors.all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].address, "2001:db8::/64");
  EXPECT_EQ(rows[0].events, 2U);
  EXPECT_EQ(rows[1].address, "192.0.2.7");
}

}  // namespace
}  // namespace leafgate::doors_test

// The bounds on what a hostile or broken leaf may cost, each by itself.
#include "gateway/flows/guard.hpp"

#include <gtest/gtest.h>

#include "gateway/flows/source_key.hpp"
#include "gateway/runtime/simulator.hpp"

namespace leafgate::guard_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TEST(SourceKey, IsTheAddressAndTheNetworkOfIpv6) {
  EXPECT_EQ(source_key("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(source_key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(source_key("2001:db8:1:2::9"), source_key("2001:db8:1:2:ffff::1"));
  EXPECT_EQ(source_key("fe80::1%eth0"), "fe80::/64");
  EXPECT_EQ(source_key("not:an:address"), "not:an:address");
}

TEST(FalseProofs, TheThirdBeginsAHoldThatDoubles) {
  FalseProofs proofs;
  TimePoint now{};
  EXPECT_FALSE(proofs.failed("192.0.2.7", "leaf-1", now));
  EXPECT_FALSE(proofs.failed("192.0.2.7", "leaf-1", now));
  EXPECT_FALSE(proofs.failed("192.0.2.7", "leaf-1", now)) << "told in full";
  for (const seconds hold :
       {seconds(60), seconds(120), seconds(240), seconds(480), seconds(600), seconds(600)}) {
    EXPECT_TRUE(proofs.failed("192.0.2.7", "leaf-1", now + hold - seconds(1))) << hold.count();
    now += hold;
    EXPECT_FALSE(proofs.failed("192.0.2.7", "leaf-1", now)) << hold.count();
  }
}

TEST(FalseProofs, HoldOneSourceAndOneIdOnly) {
  FalseProofs proofs;
  const TimePoint now{};
  for (int i = 0; i < 3; ++i) (void)proofs.failed("192.0.2.7", "leaf-1", now);
  EXPECT_TRUE(proofs.failed("192.0.2.7", "leaf-1", now));
  EXPECT_FALSE(proofs.failed("192.0.2.8", "leaf-1", now)) << "its true owner sits there";
  EXPECT_FALSE(proofs.failed("192.0.2.7", "leaf-2", now)) << "a neighbour behind the same address";
}

TEST(FalseProofs, AreForgivenByARightProofAndByTime) {
  FalseProofs proofs;
  TimePoint now{};
  for (int i = 0; i < 4; ++i) (void)proofs.failed("192.0.2.7", "leaf-1", now);
  proofs.proved("192.0.2.7", "leaf-1");
  EXPECT_FALSE(proofs.failed("192.0.2.7", "leaf-1", now));
  for (int i = 0; i < 3; ++i) (void)proofs.failed("192.0.2.7", "leaf-1", now);
  now += seconds(60) + minutes(11);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(proofs.failed("192.0.2.7", "leaf-1", now)) << i;
}

TEST(FalseProofs, AreBounded) {
  FalseProofs proofs;
  for (int i = 0; i < 20'000; ++i) (void)proofs.failed("192.0.2.7", "leaf-" + std::to_string(i), TimePoint());
  EXPECT_EQ(proofs.size(), 16'384U);
}

class AttemptPaceTest : public testing::Test {
 protected:
  // One register request; tells after how long it was answered, and how.
  void ask(const std::string& id = "leaf-1") { simulator.spawn(asked(id)); }
  Task<void> asked(std::string id) {
    const TimePoint begun = simulator.now();
    const auto duration = pace.wait_of(id);
    auto turn = AttemptPace::Turn::at_once;
    if (duration > duration.zero()) turn = co_await pace.wait(std::move(id), duration);
    turns.emplace_back(turn, std::chrono::round<seconds>(simulator.now() - begun));
  }

  Simulator simulator{1};
  AttemptPace pace{simulator.executor()};
  std::vector<std::pair<AttemptPace::Turn, seconds>> turns;
};

TEST_F(AttemptPaceTest, AnswersABurstAndThenOneEachFiveSeconds) {
  for (int i = 0; i < 8; ++i) {
    ask();
    simulator.run_until_idle();
  }
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(turns[i], std::make_pair(AttemptPace::Turn::at_once, seconds(0)));
  for (std::size_t i = 5; i < 8; ++i)
    EXPECT_EQ(turns[i], std::make_pair(AttemptPace::Turn::later, seconds(5)));
  simulator.run_for(minutes(1));
  ask();
  EXPECT_EQ(turns.back().first, AttemptPace::Turn::later);
  simulator.run_until_idle();
  EXPECT_EQ(turns.back().first, AttemptPace::Turn::at_once) << "a quiet minute fills the burst again";
}

TEST_F(AttemptPaceTest, KeepsOneOfAnIdWaitingAndTheNewestOfThem) {
  for (int i = 0; i < 7; ++i) ask();
  simulator.run_until_idle();
  ASSERT_EQ(turns.size(), 7U);
  EXPECT_EQ(turns[5].first, AttemptPace::Turn::none);
  EXPECT_EQ(turns[6], std::make_pair(AttemptPace::Turn::later, seconds(5)));
}

TEST_F(AttemptPaceTest, HoldsABoundedNumberAndNobodyAtTheStop) {
  for (int leaf = 0; leaf < 1'030; ++leaf)
    for (int i = 0; i < 6; ++i) ask("leaf-" + std::to_string(leaf));
  simulator.run_for(Millis(0));
  EXPECT_EQ(turns.size(), 1'030U * 5 + 6) << "six found no room";
  pace.stop();
  simulator.run_for(Millis(0));
  EXPECT_EQ(turns.size(), 1'030U * 6);
}

struct FakePresence final : Presence {
  int ended = 0;

 private:
  void end() override { ++ended; }
};

TEST(Takeovers, TheNewestGoodProofHasTheId) {
  Takeovers takeovers;
  const auto first = std::make_shared<FakePresence>();
  const auto second = std::make_shared<FakePresence>();
  EXPECT_FALSE(takeovers.claim("leaf-1", first, "192.0.2.7", TimePoint()).took_over);
  EXPECT_FALSE(takeovers.claim("leaf-1", first, "192.0.2.7", TimePoint()).took_over) << "it polls";
  const auto claim = takeovers.claim("leaf-1", second, "192.0.2.8", TimePoint());
  EXPECT_TRUE(claim.took_over);
  EXPECT_EQ(claim.from, "192.0.2.7");
  EXPECT_EQ(first->ended, 1);
  EXPECT_FALSE(takeovers.claim("leaf-1", first, "192.0.2.7", TimePoint()).stands) << "what it still asked";
  EXPECT_EQ(second->ended, 0);
}

TEST(Takeovers, AConnectionThatHasEndedIsNotTakenOver) {
  Takeovers takeovers;
  auto first = std::make_shared<FakePresence>();
  (void)takeovers.claim("leaf-1", first, "192.0.2.7", TimePoint());
  first.reset();
  const auto second = std::make_shared<FakePresence>();
  EXPECT_FALSE(takeovers.claim("leaf-1", second, "192.0.2.7", TimePoint()).took_over);
  EXPECT_TRUE(takeovers.claim("leaf-1", nullptr, "192.0.2.7", TimePoint()).stands)
      << "a wire without connections";
}

TEST(Takeovers, AreCountedByTheMinute) {
  Takeovers takeovers;
  std::vector<std::shared_ptr<FakePresence>> all;
  TimePoint now{};
  unsigned most = 0;
  for (int i = 0; i < 6; ++i) {
    all.push_back(std::make_shared<FakePresence>());
    most = takeovers.claim("leaf-1", all.back(), "192.0.2.7", now += seconds(1)).in_a_minute;
  }
  EXPECT_EQ(most, 5U);
  all.push_back(std::make_shared<FakePresence>());
  EXPECT_EQ(takeovers.claim("leaf-1", all.back(), "192.0.2.7", now + minutes(2)).in_a_minute, 1U);
}

TEST(Takeovers, ForgetTheGone) {
  Takeovers takeovers;
  const auto stays = std::make_shared<FakePresence>();
  (void)takeovers.claim("stays", stays, "192.0.2.7", TimePoint());
  for (int i = 0; i < 10'000; ++i)
    (void)takeovers.claim("leaf-" + std::to_string(i), std::make_shared<FakePresence>(), "192.0.2.7",
                          TimePoint());
  EXPECT_LE(takeovers.size(), 1'024U);
}

TEST(LogBudget, LetsAFewLinesOfASourceThroughAndCountsTheRest) {
  LogBudget budget;
  TimePoint now{};
  int lines = 0;
  for (int i = 0; i < 500; ++i) lines += budget.line("192.0.2.7", now).has_value() ? 1 : 0;
  EXPECT_EQ(lines, 10);
  EXPECT_TRUE(budget.line("192.0.2.8", now)) << "another is heard";
  EXPECT_EQ(budget.line("192.0.2.7", now + seconds(11)), 490U);
  lines = 0;
  for (int i = 0; i < 5'000; ++i)
    lines += budget.line("10.0.0." + std::to_string(i), now).has_value() ? 1 : 0;
  EXPECT_LE(lines, 200) << "whatever the number of addresses";
}

}  // namespace
}  // namespace leafgate::guard_test

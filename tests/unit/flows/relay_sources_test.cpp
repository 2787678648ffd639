// Relays of many sources: whose turn it is, and what one source may cost the others.
#include <gtest/gtest.h>

#include "gateway/flows/relay.hpp"
#include "gateway/ports/sources.hpp"
#include "tests/unit/flows/relay_site.hpp"

namespace leafgate::relay_sources_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

using RelaySources = RelaySite;

TEST_F(RelaySources, TakesOneOfASourceAndOneOfAnIdAtATime) {
  site.service.latency = seconds(3);
  EXPECT_FALSE(ask(1));
  const auto same_source = admit(attempt("leaf-2", address(1)), Millis(300));
  const auto same_id = admit(attempt("leaf-1", address(3), "another key"), Millis(300));
  EXPECT_EQ(same_source.value().status, 202) << "at once: it has to wait";
  EXPECT_EQ(same_id.value().status, 202);
  site.simulator.run_for(seconds(5));
  EXPECT_EQ(site.service.register_times.size(), 1U);
  site.simulator.run_for(seconds(30));
  EXPECT_EQ(site.service.register_times.size(), 3U);
}

TEST_F(RelaySources, LetsSoManyOfASourceWaitAndNoMore) {
  site.service.latency = seconds(3);
  for (int n = 0; n < 8; ++n)
    EXPECT_NE(admit(attempt(leaf(n), address(1)), seconds(0)).value_or(Answer()).status, 429);
  const auto told = admit(attempt(leaf(8), address(1)), seconds(1)).value();
  EXPECT_EQ(told.status, 429);
  EXPECT_GT(told.retry_after, Seconds(0));
  EXPECT_EQ(admit(attempt(leaf(9), address(2)), Millis(300)), std::nullopt) << "another source has its slot";
}

TEST_F(RelaySources, TakesAFifthOfThePaceAtMost) {
  site.options.registrations_per_minute = 60;
  site.restart();
  for (int n = 1; n <= 40; ++n) (void)ask(n, Millis(0));
  for (int i = 0; i < 40; ++i) {  // they keep polling
    site.simulator.run_for(seconds(3));
    for (int n = 1; n <= 40; ++n) (void)ask(n, Millis(0));
  }
  EXPECT_NEAR(static_cast<double>(site.service.register_times.size()), 24, 2);
}

TEST_F(RelaySources, HoldsAnIdThatIsRefusedAgainAndAgainAndNobodyElseBehindItsAddress) {
  site.service.refuse_ids = {"leaf-1"};
  for (int n = 0; n < 3; ++n) EXPECT_EQ(ask(1).value().status, 401) << n;
  const auto held = ask(1).value();
  EXPECT_EQ(held.status, 429);
  EXPECT_EQ(held.reason, Reason::source_held);
  EXPECT_EQ(site.service.register_times.size(), 3U);
  EXPECT_EQ(admit(attempt("leaf-2", address(1)), seconds(1)).value().status, 202) << "a neighbour is heard";
  EXPECT_EQ(admit(attempt("leaf-1", address(2)), seconds(1)).value().status, 401) << "and another source";
  site.simulator.run_for(minutes(2));
  site.service.refuse_ids.clear();
  EXPECT_EQ(ask(1).value().status, 202);
}

TEST_F(RelaySources, TellsAnHonestNeighbourApartFromAThousandFalseIds) {
  site.service.refuse_status = 404;
  for (int n = 0; n < 1'000; ++n)
    EXPECT_EQ(admit(attempt("false-" + std::to_string(n), address(1)), Millis(100)).value().status, 404) << n;
  site.service.refuse_status = 0;
  EXPECT_EQ(provision(1).status, 200);
}

TEST_F(RelaySources, LetsWhoWasRefusedWaitBehindItsNeighbours) {
  site.service.refuse_ids = {"leaf-1", "leaf-2"};
  for (const char* id : {"leaf-1", "leaf-2"}) (void)admit(attempt(id, address(1)), seconds(1));
  site.service.order.clear();
  site.service.latency = seconds(1);
  for (int n = 4; n <= 5; ++n) (void)admit(attempt(leaf(n), address(1)), Millis(0));
  for (int n = 1; n <= 3; ++n) (void)admit(attempt(leaf(n), address(1)), Millis(0));
  site.simulator.run_for(seconds(20));
  EXPECT_EQ(site.service.order, (std::vector<std::string>{"leaf-4", "leaf-5", "leaf-3", "leaf-1", "leaf-2"}));
}

TEST_F(RelaySources, GivesThePlaceOfOneThatWasRefusedToANeighbour) {
  site.service.refuse_ids = {"leaf-1"};
  (void)ask(1);
  site.service.latency = seconds(3);
  for (int n = 2; n <= 8; ++n) (void)admit(attempt(leaf(n), address(1)), Millis(0));
  (void)ask(1, Millis(0));
  EXPECT_EQ(admit(attempt("leaf-9", address(1)), seconds(1)).value().status, 202);
  EXPECT_EQ(ask(1).value().reason, Reason::source_held) << "it gave way, and there is no room for it";
  EXPECT_EQ(admit(attempt("leaf-10", address(1)), seconds(1)).value().status, 429);
}

TEST_F(RelaySources, GivesThePlaceOfOneThatWentAwayToAnother) {
  site.service.latency = seconds(40);
  for (int n = 0; n < 8; ++n) (void)admit(attempt(leaf(n), address(1)), Millis(0));
  site.simulator.run_for(seconds(16));
  EXPECT_EQ(admit(attempt("leaf-9", address(1)), seconds(1)).value().status, 202);
}

TEST_F(RelaySources, ServesEverySourceInTurnHoweverMuchOneOfThemBrings) {
  site.options.registrations_per_minute = 30;
  site.restart();
  for (int n = 10; n < 18; ++n) (void)admit(attempt(leaf(n), address(1)), Millis(0));
  (void)ask(2, Millis(0));
  for (int i = 0; i < 15; ++i) {
    site.simulator.run_for(seconds(2));
    for (int n = 10; n < 18; ++n) (void)admit(attempt(leaf(n), address(1)), Millis(0));
    (void)ask(2, Millis(0));
  }
  ASSERT_GE(site.service.order.size(), 2U);
  EXPECT_EQ(site.service.order[1], "leaf-2") << "the second turn, not the ninth";
}

// After a power cut hundreds may wait whose leaves have long given up.
TEST_F(RelaySources, TakesThoseThatAreHeardBeforeThoseThatWentAway) {
  site.options.registrations_per_minute = 20;  // so a turn in 15 s
  site.restart();
  (void)ask(1, Millis(300));
  const Answer second = ask(2, Millis(300)).value();
  (void)ask(3, Millis(300));
  const Answer fourth = ask(4, Millis(300)).value();
  for (int i = 0; i < 17; ++i) {
    site.simulator.run_for(seconds(3));
    (void)poll(2, *second.operation);
    (void)poll(4, *fourth.operation);
  }
  EXPECT_EQ(site.service.order, (std::vector<std::string>{"leaf-1", "leaf-2", "leaf-4", "leaf-3"}));
}

TEST_F(RelaySources, SendsNoLongerWhatALeafThatCameAnewHadBrought) {
  site.options.registrations_per_minute = 10;
  site.restart();
  for (int n = 1; n <= 2; ++n) (void)ask(n, Millis(0));  // the next turn is in half a minute
  const std::string newest = site.token("leaf-2", "its true key", std::chrono::hours(11));
  for (int i = 0; i < 14; ++i) {
    site.simulator.run_for(seconds(3));
    Attempt again = site.attempt("leaf-2", newest);
    again.source.address = address(2);
    (void)admit(std::move(again), Millis(0));
  }
  EXPECT_EQ(site.service.order, (std::vector<std::string>{"leaf-1", "leaf-2"}));
  EXPECT_EQ(site.service.last_token, newest);
}

TEST_F(RelaySources, TrustsTheSourceOfALeafThatTheServiceAssigned) {
  struct FakeSources final : Sources {
    std::vector<std::string> truths;
    void failed(std::string_view, SourceFault) override {}
    void verified(std::string_view address) override { truths.emplace_back(address); }
  } sources;
  site.running->admission.report_to(sources);
  site.service.refuse_ids = {"leaf-2"};
  (void)ask(2);
  EXPECT_TRUE(sources.truths.empty());
  EXPECT_EQ(provision(1).status, 200);
  EXPECT_EQ(sources.truths, std::vector<std::string>{address(1)});
}

}  // namespace
}  // namespace leafgate::relay_sources_test

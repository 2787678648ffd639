#include "gateway/net/gate.hpp"

#include <deque>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/unit/net/gate_caller.hpp"

namespace leafgate::net::gate_test {
namespace {

using namespace std::chrono_literals;

class GateTest : public testing::Test {
 protected:
  ~GateTest() override {
    gate_->stop();
    sim_.run_for(1ms);
  }

  // Who got in, in order; kept until leave().
  struct Visitor {
    int name;
    std::optional<Gate::Slot> slot;
    std::optional<Errc> refused;
  };
  Visitor& visit(int name, std::uint64_t source) { return visit(name, Gate::Visitor(source)); }
  Visitor& visit(int name, Gate::Visitor who_comes) {
    Visitor& visitor = visitors_.emplace_back(Visitor{name, std::nullopt, std::nullopt});
    const auto go = [](Gate& gate, Gate::Visitor from, Visitor& who, std::vector<int>& order) -> Task<void> {
      auto slot = co_await enter(gate, from);
      if (!slot) {
        who.refused = slot.error().code;
        co_return;
      }
      who.slot.emplace(std::move(*slot));
      order.push_back(who.name);
    };
    sim_.spawn(go(*gate_, who_comes, visitor, order_));
    sim_.run_for(1ms);
    return visitor;
  }
  void leave(Visitor& visitor) {
    visitor.slot.reset();
    sim_.run_for(1ms);
  }

  // As the sweep of the door does it.
  void pass(LoopClock::duration time) {
    for (const TimePoint end = sim_.now() + time; sim_.now() < end; gate_->look()) sim_.run_for(100ms);
    sim_.run_for(1ms);
  }

  Simulator sim_{1};
  std::optional<Gate> gate_{std::in_place, sim_.executor(), Gate::Limits{.places = 2, .per_source = 2}};
  std::vector<int> order_;
  std::deque<Visitor> visitors_;
};

TEST_F(GateTest, lets_in_as_many_as_there_are_places_then_in_order) {
  Visitor& first = visit(1, 10);
  Visitor& second = visit(2, 20);
  visit(3, 30);
  visit(4, 40);
  EXPECT_EQ(order_, (std::vector<int>{1, 2}));
  EXPECT_EQ(gate_->waiting(), 2U);
  leave(second);
  leave(first);
  EXPECT_EQ(order_, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(gate_->in_progress(), 2U);
  EXPECT_EQ(gate_->waiting(), 0U);
}

TEST_F(GateTest, newest_first_once_the_oldest_waited_two_seconds) {
  Visitor& first = visit(1, 10);
  visit(2, 20);
  visit(3, 30);
  sim_.run_for(2s);
  visit(4, 40);
  leave(first);
  EXPECT_EQ(order_.back(), 4);
}

TEST_F(GateTest, a_source_with_its_fill_does_not_hold_up_others) {
  Visitor& first = visit(1, 10);
  Visitor& second = visit(2, 10);
  visit(3, 10);
  visit(4, 10);
  visit(5, 20);
  leave(first);
  EXPECT_EQ(order_, (std::vector<int>{1, 2, 5})) << "3 joins the queue behind 5";
  leave(second);
  EXPECT_EQ(order_, (std::vector<int>{1, 2, 5, 3}));
}

TEST_F(GateTest, a_place_given_up_for_a_pending_proof_still_counts_for_its_source) {
  Visitor& first = visit(1, 10);
  visit(2, 10);
  visit(3, 10);
  first.slot->give_place();
  sim_.run_for(1ms);
  EXPECT_EQ(gate_->in_progress(), 1U);
  EXPECT_EQ(order_.size(), 2U) << "its source has its fill";
  visit(4, 20);
  EXPECT_EQ(order_.back(), 4);
  leave(first);
  EXPECT_EQ(gate_->in_progress(), 2U) << "3 waits for a place now, not for its source";
  EXPECT_EQ(gate_->waiting(), 1U);
}

TEST_F(GateTest, a_slot_is_wanted_while_others_wait_for_what_it_holds) {
  Visitor& first = visit(1, 10);
  Visitor& second = visit(2, 20);
  EXPECT_FALSE(first.slot->is_wanted());
  Visitor& third = visit(3, 30);
  EXPECT_TRUE(first.slot->is_wanted());
  leave(second);
  EXPECT_FALSE(first.slot->is_wanted()) << "who waited is inside";
  visit(4, 30);
  first.slot->give_place();
  EXPECT_FALSE(first.slot->is_wanted()) << "it holds no place";
  EXPECT_FALSE(third.slot->is_wanted());
}

TEST_F(GateTest, who_waits_for_its_own_source_is_in_nobody_elses_way) {
  gate_.emplace(sim_.executor(), Gate::Limits{.places = 9, .per_source = 1});
  Visitor& first = visit(1, 10);
  Visitor& other = visit(2, 20);
  visit(3, 10);
  EXPECT_TRUE(first.slot->is_wanted());
  EXPECT_FALSE(other.slot->is_wanted());
}

TEST_F(GateTest, known_sources_go_before_the_others) {
  Visitor& first = visit(1, 10);
  visit(2, 20);
  visit(3, 30);
  visit(4, Gate::Visitor(40, true));
  leave(first);
  EXPECT_EQ(order_.back(), 4);
}

TEST_F(GateTest, a_slowed_source_has_one_at_a_time_until_it_is_welcome_again) {
  gate_.emplace(sim_.executor(), Gate::Limits{.places = 9, .per_source = 9});
  Visitor& first = visit(1, Gate::Visitor(10, true, 1));
  visit(2, Gate::Visitor(10, true, 1));
  visit(3, Gate::Visitor(10, true, 1));
  EXPECT_EQ(order_, (std::vector<int>{1}));
  leave(first);
  EXPECT_EQ(order_, (std::vector<int>{1, 2}));
  visit(4, Gate::Visitor(10, true));
  EXPECT_EQ(order_.size(), 4U);
}

TEST_F(GateTest, begins_no_more_a_second_than_it_may) {
  gate_.emplace(sim_.executor(), Gate::Limits{.places = 99, .per_source = 99, .per_second = 20});
  for (int i = 0; i < 40; ++i) visit(i, 10);
  EXPECT_EQ(order_.size(), 5U) << "a quarter of a second's worth at once";
  pass(1s);
  EXPECT_NEAR(static_cast<double>(order_.size()), 25, 1);
  EXPECT_FALSE(visitors_.front().slot->is_wanted()) << "who waits for the pace waits for nobody's place";
}

TEST_F(GateTest, who_waits_too_long_is_sent_away_and_forgotten) {
  Visitor& first = visit(1, 10);
  visit(2, 10);
  Visitor& queued = visit(3, 20);
  Visitor& parked = visit(4, 10);
  pass(61s);
  EXPECT_EQ(queued.refused, Errc::timed_out);
  EXPECT_EQ(parked.refused, Errc::timed_out);
  EXPECT_EQ(gate_->waiting(), 0U);
  leave(first);
  EXPECT_EQ(order_.size(), 2U);
  visit(5, 10);
  EXPECT_EQ(order_.back(), 5);
}

TEST_F(GateTest, stop_sends_everybody_away) {
  Visitor& first = visit(1, 10);
  visit(2, 10);
  Visitor& queued = visit(3, 20);
  Visitor& parked = visit(4, 10);
  gate_->stop();
  sim_.run_for(1ms);
  EXPECT_EQ(queued.refused, Errc::stopped);
  EXPECT_EQ(parked.refused, Errc::stopped);
  leave(first);
  EXPECT_EQ(visit(5, 30).refused, Errc::stopped);
}

TEST_F(GateTest, any_order_of_coming_and_going_keeps_the_count) {
  for (int i = 0; i < 2000; ++i) {
    const Gate::Visitor comes(sim_.random() % 3, sim_.random() % 2 == 0);
    if (sim_.random() % 2 == 0) visit(i, comes);
    Visitor& some = visitors_[sim_.random() % visitors_.size()];
    if (sim_.random() % 2 == 0) leave(some);
    if (sim_.random() % 16 == 0) pass(20s);
    std::size_t inside = 0;
    for (const Visitor& visitor : visitors_) inside += visitor.slot ? 1U : 0U;
    ASSERT_EQ(gate_->in_progress(), inside);
    ASSERT_LE(inside, 2U);
    const bool somebody_waits = gate_->waiting() > 0;
    ASSERT_TRUE(!somebody_waits || inside == 2) << "a free place is never left while somebody waits";
  }
}

}  // namespace
}  // namespace leafgate::net::gate_test

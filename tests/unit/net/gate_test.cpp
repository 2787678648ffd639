#include "gateway/net/gate.hpp"

#include <deque>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"

namespace leafgate::net {
namespace {

using namespace std::chrono_literals;

class GateTest : public testing::Test {
 protected:
  // Who got in, in order; kept until leave().
  struct Visitor {
    int name;
    std::optional<Gate::Slot> slot;
    std::optional<Errc> refused;
  };
  Visitor& visit(int name, std::uint64_t source) {
    Visitor& visitor = visitors_.emplace_back(Visitor{name, std::nullopt, std::nullopt});
    const auto go = [](Gate& gate, std::uint64_t from, Visitor& who, std::vector<int>& order) -> Task<void> {
      auto slot = co_await gate.enter(from);
      if (!slot) {
        who.refused = slot.error().code;
        co_return;
      }
      who.slot.emplace(std::move(*slot));
      order.push_back(who.name);
    };
    sim_.spawn(go(*gate_, source, visitor, order_));
    sim_.run_for(1ms);
    return visitor;
  }
  void leave(Visitor& visitor) {
    visitor.slot.reset();
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

TEST_F(GateTest, who_waits_too_long_is_sent_away_and_forgotten) {
  Visitor& first = visit(1, 10);
  visit(2, 10);
  Visitor& queued = visit(3, 20);
  Visitor& parked = visit(4, 10);
  sim_.run_for(61s);
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
    if (sim_.random() % 2 == 0) visit(i, sim_.random() % 3);
    Visitor& some = visitors_[sim_.random() % visitors_.size()];
    if (sim_.random() % 2 == 0) leave(some);
    if (sim_.random() % 16 == 0) sim_.run_for(20s);
    std::size_t inside = 0;
    for (const Visitor& visitor : visitors_) inside += visitor.slot ? 1U : 0U;
    ASSERT_EQ(gate_->in_progress(), inside);
    ASSERT_LE(inside, 2U);
    const bool somebody_waits = gate_->waiting() > 0;
    ASSERT_TRUE(!somebody_waits || inside == 2) << "a free place is never left while somebody waits";
  }
}

}  // namespace
}  // namespace leafgate::net

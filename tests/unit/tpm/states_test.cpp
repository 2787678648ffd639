#include "adapters/tpm/states.hpp"

#include <gtest/gtest.h>

namespace leafgate::tpm::states_test {
namespace {

using enum TpmState;

constexpr TpmState all_states[] = {absent, ready, lost, restarted, locked, failed, foreign};

struct Row {
  Event event;
  Step from_absent, from_ready, from_lost, from_restarted, from_locked, from_failed, from_foreign;
};

constexpr Step serving{ready, Action::serve};
constexpr Step gone{lost, Action::retry};
constexpr Step anew{restarted, Action::rebuild};
constexpr Step broken{failed, Action::retry};
constexpr Step waiting{locked, Action::wait};
constexpr Step strange{foreign, Action::look_again};

constexpr Row table[] = {
    // event, from: absent, ready, lost, restarted, locked, failed, foreign
    {Event::no_device, {absent, Action::retry}, gone, gone, gone, gone, gone, gone},
    {Event::no_answer, gone, gone, gone, gone, gone, gone, gone},
    {Event::built, serving, serving, serving, serving, serving, serving, serving},
    {Event::restarted, anew, anew, anew, gone, anew, anew, anew},
    {Event::failing, broken, broken, broken, broken, broken, broken, broken},
    {Event::locked, waiting, waiting, waiting, waiting, waiting, waiting, waiting},
    {Event::foreign, strange, strange, strange, strange, strange, strange, strange},
};

TEST(TpmStates, follow_the_table) {
  for (const Row& row : table) {
    const Step wanted[] = {row.from_absent, row.from_ready,  row.from_lost,   row.from_restarted,
                           row.from_locked, row.from_failed, row.from_foreign};
    for (std::size_t i = 0; i < std::size(all_states); ++i) {
      EXPECT_EQ(next_step(all_states[i], row.event), wanted[i])
          << to_text(all_states[i]) << " on event " << static_cast<int>(row.event);
    }
  }
}

Pauses pauses() {
  Pauses some;
  some.absent_first = Millis(1000);
  some.absent_most = Millis(4000);
  some.lost_first = Millis(100);
  some.lost_most = Millis(400);
  return some;
}

TEST(TpmStates, pauses_grow_to_their_bound_and_start_again_after_a_success) {
  States states(pauses(), [] { return std::uint64_t{199}; });  // the draw: 199 past the least
  states.on(Event::no_answer);
  EXPECT_EQ(states.pause({}), Millis(299));
  EXPECT_EQ(states.pause({}), Millis(299));  // 199 of up to 797
  states.on(Event::built);
  EXPECT_EQ(states.pause({}), pauses().look);
  states.on(Event::no_answer);
  EXPECT_EQ(states.pause({}), Millis(299));
}

TEST(TpmStates, an_absent_tpm_is_looked_for_at_its_own_pace) {
  States states(pauses(), [] { return ~std::uint64_t{0} / 2; });
  states.on(Event::no_device);
  for (int i = 0; i < 20; ++i) {
    const auto pause = states.pause({});
    EXPECT_GE(pause, Millis(1000));
    EXPECT_LE(pause, Millis(4000));
  }
}

TEST(TpmStates, a_locked_one_is_left_alone_until_it_recovers) {
  States states(pauses(), [] { return std::uint64_t{0}; });
  states.on(Event::locked);
  EXPECT_EQ(states.pause(Millis(7000)), Millis(7000));
  EXPECT_EQ(states.pause(Millis(7'000'000)), pauses().locked);
}

TEST(TpmStates, a_restarted_one_is_built_anew_at_once_and_a_failed_one_late) {
  States states(pauses(), [] { return std::uint64_t{0}; });
  states.on(Event::built);
  states.on(Event::restarted);
  EXPECT_EQ(states.pause({}), Millis(0));
  states.on(Event::failing);
  EXPECT_EQ(states.pause({}), pauses().failed);
}

}  // namespace
}  // namespace leafgate::tpm::states_test

#include "gateway/runtime/aside.hpp"

#include <latch>

#include <gtest/gtest.h>

namespace leafgate::aside_test {
namespace {

template <class F>
concept RunsAside = requires(F f) {
  run_aside("aside", std::move(f));
};

// An exception would end the program from a thread that nobody knows of.
constexpr auto brings = []() noexcept { return 7; };
constexpr auto may_throw = [] { return 7; };
static_assert(RunsAside<decltype(brings)> && !RunsAside<decltype(may_throw)>);

TEST(Aside, nobody_waits_for_a_call_that_hangs_and_what_it_brings_late_is_had_once) {
  const auto let_go = std::make_shared<std::latch>(1);
  const auto awaited = run_aside("hanging", [let_go]() noexcept {
    let_go->wait();
    return 7;
  });
  ASSERT_TRUE(awaited);
  EXPECT_EQ((*awaited)->take(), std::nullopt);
  let_go->count_down();
  std::optional<int> brought;
  while (!brought) {
    std::this_thread::yield();
    brought = (*awaited)->take();
  }
  EXPECT_EQ(brought, 7);
  EXPECT_EQ((*awaited)->take(), std::nullopt);
}

}  // namespace
}  // namespace leafgate::aside_test

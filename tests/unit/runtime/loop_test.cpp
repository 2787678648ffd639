#include "gateway/runtime/loop.hpp"

#include <array>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include "gateway/runtime/offload.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::loop_test {
namespace {

using namespace std::chrono_literals;

TEST(Loop, runs_tasks_and_ends_when_released) {
  Loop loop("a");
  std::promise<std::thread::id> ran;
  const auto note = [](std::promise<std::thread::id>& into) -> Task<void> {
    co_await sleep_for(1ms);
    into.set_value(std::this_thread::get_id());
  };
  spawn(loop.executor(), note(ran));
  loop.start();
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
  loop.release();
  loop.join();
}

TEST(Loop, does_not_end_while_a_task_waits_for_another_thread) {
  Loop home("home");
  Loop other("other");
  bool answered = false;
  const auto ask = [](Executor where, bool& into) -> Task<void> {
    const auto work = [] { std::this_thread::yield(); };
    co_await on(where, work);
    into = true;
  };
  spawn(home.executor(), ask(other.executor(), answered));
  home.release();  // no guard is left: only the task holds the loop
  home.start();
  other.start();
  home.join();
  EXPECT_TRUE(answered);
}

TEST(Loop, of_what_is_left_gives_way_to_all_others) {
  for (const auto share : {Loop::Share::any, Loop::Share::what_is_left}) {
    Loop loop("a name longer than the kernel keeps", share);
    std::promise<std::pair<int, std::string>> told;
    const auto look = [&] {
      std::array<char, 16> name{};
      ::pthread_getname_np(::pthread_self(), name.data(), name.size());
      told.set_value({::sched_getscheduler(0), name.data()});
    };
    boost::asio::post(loop.context(), look);
    loop.start();
    const auto [policy, name] = told.get_future().get();
    EXPECT_EQ(policy, share == Loop::Share::any ? SCHED_OTHER : SCHED_IDLE);
    EXPECT_EQ(name, "a name longer t");
    loop.release();
    loop.join();
  }
}

TEST(Loop, watchdog_sees_a_loop_that_does_not_turn) {
  Loop loop("a");
  EXPECT_TRUE(loop.is_alive_since_last_asked());   // posts the first tick
  EXPECT_FALSE(loop.is_alive_since_last_asked());  // which nobody ran
  loop.release();
  loop.run_here();
  EXPECT_TRUE(loop.is_alive_since_last_asked());
}

// The table of on(): where it may be called from, and what it carries.
struct Seen {
  std::thread::id caller_before, caller_after, callee;
  std::unique_ptr<int> value;
};

Task<void> call(Executor target, std::promise<Seen>& done) {
  Seen seen;
  seen.caller_before = std::this_thread::get_id();
  auto work = [&seen] {
    seen.callee = std::this_thread::get_id();
    return std::make_unique<int>(7);
  };
  seen.value = co_await on(target, work);
  seen.caller_after = std::this_thread::get_id();
  done.set_value(std::move(seen));
}

TEST(On, runs_there_and_comes_back_with_a_move_only_value) {
  Loop home("home");
  Loop other("other");
  home.start();
  other.start();
  std::promise<Seen> done;
  spawn(home.executor(), call(other.executor(), done));
  const Seen seen = done.get_future().get();
  EXPECT_EQ(*seen.value, 7);
  EXPECT_EQ(seen.caller_before, seen.caller_after);
  EXPECT_NE(seen.callee, seen.caller_before);
}

TEST(On, runs_in_place_on_the_own_loop) {
  Loop home("home");
  home.start();
  std::promise<Seen> done;
  spawn(home.executor(), call(home.executor(), done));
  const Seen seen = done.get_future().get();
  EXPECT_EQ(seen.callee, seen.caller_before);
  EXPECT_EQ(*seen.value, 7);
}

TEST(On, many_in_flight_between_two_loops_all_come_back) {
  constexpr int callers = 64;
  constexpr int calls = 50;
  Loop home("home");
  Loop other("other");
  int sum = 0;       // owned by `other`
  int returned = 0;  // owned by `home`
  const auto caller = [](Executor where, int& total, int& back) -> Task<void> {
    for (int i = 0; i < calls; ++i) {
      auto add = [&total] { ++total; };
      co_await on(where, add);
      ++back;
    }
  };
  for (int i = 0; i < callers; ++i) spawn(home.executor(), caller(other.executor(), sum, returned));
  other.start();
  home.start();
  home.release();
  home.join();
  other.release();
  other.join();
  EXPECT_EQ(sum, callers * calls);
  EXPECT_EQ(returned, callers * calls);
}

TEST(RunOn, runs_a_coroutine_there_and_comes_back) {
  Loop home("home");
  Loop other("other");
  home.start();
  other.start();
  std::promise<std::pair<std::thread::id, std::thread::id>> done;
  const auto there = []() -> Task<std::thread::id> {
    co_await sleep_for(1ms);
    co_return std::this_thread::get_id();
  };
  const auto ask = [&there](Executor where, auto& into) -> Task<void> {
    const auto id = co_await run_on(where, there());
    into.set_value(std::pair(id, std::this_thread::get_id()));
  };
  spawn(home.executor(), ask(other.executor(), done));
  const auto [callee, caller] = done.get_future().get();
  EXPECT_NE(callee, caller);
}

TEST(Offload, gives_the_value_back_on_the_callers_loop) {
  Loop home("home");
  Loop pool("pool");
  home.start();
  pool.start();
  std::promise<Seen> done;
  const auto ask = [](Executor where, std::promise<Seen>& into) -> Task<void> {
    Seen seen;
    seen.caller_before = std::this_thread::get_id();
    const auto work = [] { return std::this_thread::get_id(); };
    seen.callee = co_await offload(where, work);
    seen.caller_after = std::this_thread::get_id();
    into.set_value(std::move(seen));
  };
  spawn(home.executor(), ask(pool.executor(), done));
  const Seen seen = done.get_future().get();
  EXPECT_NE(seen.callee, seen.caller_before);
  EXPECT_EQ(seen.caller_after, seen.caller_before);
}

// Else the loop that waits for it could wait for a core that the thread has not (runtime/offload).
TEST(Loop, what_a_thread_that_gives_way_has_done_comes_by_way_of_the_pool) {
  Loop home("home");
  Loop pool("pool");
  Loop background("background", Loop::Share::what_is_left);
  std::promise<std::thread::id> ran;
  std::promise<std::thread::id> came;
  std::promise<void> opened;
  const auto hold = [&] { opened.get_future().wait(); };
  const auto ask = [&]() -> Task<void> {
    auto work = [&] {
      boost::asio::post(pool.context(), hold);
      ran.set_value(std::this_thread::get_id());
      return 7;
    };
    const int seven = co_await offload_in_what_is_left(background.executor(), pool.executor(), work);
    EXPECT_EQ(seven, 7);
    came.set_value(std::this_thread::get_id());
  };
  auto answer = came.get_future();
  for (Loop* loop : {&home, &pool, &background}) loop->start();
  spawn(home.executor(), ask());
  const auto background_thread = ran.get_future().get();
  EXPECT_EQ(answer.wait_for(20ms), std::future_status::timeout);
  opened.set_value();
  EXPECT_NE(answer.get(), background_thread);
  for (Loop* loop : {&home, &pool, &background}) {
    loop->release();
    loop->join();
  }
}

}  // namespace
}  // namespace leafgate::loop_test

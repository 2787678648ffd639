// The forms of co_await that the source check leaves open, run on the compiler at hand. GCC 12.2 compiles
// their neighbours to wrong code without a word (a part destroyed twice, a parameter read from the wrong
// place), so each case checks values and that every object made is destroyed exactly once; the address
// sanitizer adds its own.

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/result.hpp>
#include <gtest/gtest.h>

#include "gateway/runtime/task.hpp"

namespace leafgate {
namespace {

int alive = 0;

// Longer than the small string buffer, so that a second destruction is a double free.
std::string text(int n) { return std::string(40, 'x') + std::to_string(n); }

struct Tracked {
  explicit Tracked(int n) : value(text(n)) { ++alive; }
  Tracked(const Tracked& other) : value(other.value) { ++alive; }
  Tracked(Tracked&& other) noexcept : value(std::move(other.value)) { ++alive; }
  Tracked& operator=(const Tracked&) = default;
  Tracked& operator=(Tracked&&) = default;
  ~Tracked() { --alive; }
  std::string value;
};

struct Aggregate {
  Tracked first;
  int second;
};

Task<void> turn() {
  const auto home = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(home, use_task);
}

Task<bool> is_even(const int& n) {
  co_await turn();
  co_return n % 2 == 0;
}

Task<Tracked> make(int n) {
  co_await turn();
  co_return Tracked(n);
}

Task<std::string> take(Aggregate value) {
  co_await turn();
  co_return value.first.value + std::to_string(value.second);
}

Task<std::string> take_tracked(Tracked by_value, const Tracked& by_reference, std::string_view view) {
  co_await turn();
  co_return by_value.value + by_reference.value + std::string(view);
}

Task<std::size_t> count(const std::vector<Tracked>& values) {
  co_await turn();
  co_return values.size();
}

Task<std::vector<Tracked>> several(int n) {
  std::vector<Tracked> result;
  for (int i = 0; i < n; ++i) {
    auto next = co_await make(i);
    result.push_back(std::move(next));
  }
  co_return result;
}

// Runs a case to its end on a loop of its own and looks for what it left behind.
template <class Case>
void run(Case body) {
  boost::asio::io_context context(1);
  spawn(context.get_executor(), body());
  context.run();
  EXPECT_EQ(alive, 0);
}

// The worst form awaits in the condition of a coroutine that has no local; its safe neighbour has just one.
Task<void> branch_on_named_result(const std::string& by_reference, int by_value, int* out) {
  const bool even = co_await is_even(by_value);
  if (even) {
    *out = static_cast<int>(by_reference.size());
  } else {
    *out = -1;
  }
}

TEST(CompilerProbe, a_named_result_decides_a_branch) {
  int out = 0;
  const std::string name = text(1);
  run([&]() { return branch_on_named_result(name, 4, &out); });
  EXPECT_EQ(out, 41);
  run([&]() { return branch_on_named_result(name, 5, &out); });
  EXPECT_EQ(out, -1);
}

TEST(CompilerProbe, a_named_aggregate_is_moved_into_a_call) {
  run([]() -> Task<void> {
    Aggregate aggregate{Tracked(1), 2};
    const auto answer = co_await take(std::move(aggregate));
    EXPECT_EQ(answer, text(1) + "2");
  });
}

TEST(CompilerProbe, an_aggregate_is_built_from_awaited_names) {
  run([]() -> Task<void> {
    auto first = co_await make(1);
    Aggregate aggregate{std::move(first), 3};
    const auto answer = co_await take(std::move(aggregate));
    EXPECT_EQ(answer, text(1) + "3");
  });
}

TEST(CompilerProbe, temporaries_with_constructors_live_through_a_call) {
  run([]() -> Task<void> {
    const auto answer = co_await take_tracked(Tracked(1), Tracked(2), text(3));
    EXPECT_EQ(answer, text(1) + text(2) + text(3));
  });
}

TEST(CompilerProbe, a_named_vector_is_passed) {
  run([]() -> Task<void> {
    const std::vector<Tracked> values{Tracked(1), Tracked(2)};
    const auto size = co_await count(values);
    EXPECT_EQ(size, 2U);
  });
}

TEST(CompilerProbe, lambdas_are_named_or_capture_by_reference) {
  run([]() -> Task<void> {
    boost::asio::io_context other(1);
    auto guard = boost::asio::make_work_guard(other);
    std::thread thread([&other] { other.run(); });
    const Tracked held(1);
    auto by_value = [held] { return held.value; };
    const auto first = co_await on(other.get_executor(), std::move(by_value));
    const auto second = co_await on(other.get_executor(), [&held] { return held.value; });
    EXPECT_EQ(first + second, text(1) + text(1));
    auto named = [](Tracked mine) -> Task<std::string> {
      co_await turn();
      co_return mine.value;
    };
    const auto third = co_await named(held);
    EXPECT_EQ(third, text(1));
    guard.reset();
    thread.join();
  });
}

TEST(CompilerProbe, if_and_else_choose_between_awaits) {
  run([]() -> Task<void> {
    for (const bool choice : {true, false}) {
      std::optional<Tracked> chosen;
      if (choice) {
        chosen = co_await make(1);
      } else {
        chosen = co_await make(2);
      }
      EXPECT_EQ(chosen->value, text(choice ? 1 : 2));
    }
  });
}

Task<std::optional<Tracked>> maybe(bool there) {
  co_await turn();
  if (there) co_return Tracked(7);
  co_return std::nullopt;
}

TEST(CompilerProbe, a_declaration_in_the_condition_holds_the_result) {
  run([]() -> Task<void> {
    int found = 0;
    if (auto value = co_await maybe(true); value) found += value->value == text(7) ? 1 : 100;
    if (const auto value = co_await maybe(false)) found += 100;
    EXPECT_EQ(found, 1);
  });
}

Task<std::pair<Tracked, int>> pair() {
  co_await turn();
  co_return std::pair(Tracked(1), 2);
}

TEST(CompilerProbe, results_are_taken_apart_and_walked_over) {
  run([]() -> Task<void> {
    const auto [first, second] = co_await pair();
    EXPECT_EQ(first.value + std::to_string(second), text(1) + "2");
    std::string all;
    for (const auto& value : co_await several(3)) all += value.value;
    EXPECT_EQ(all, text(0) + text(1) + text(2));
  });
}

Task<void> fails() {
  co_await turn();
  throw std::runtime_error("on purpose");
}

TEST(CompilerProbe, an_await_follows_a_catch) {
  run([]() -> Task<void> {
    bool caught = false;
    try {
      co_await fails();
    } catch (const std::runtime_error&) {
      caught = true;
    }
    const auto after = co_await make(5);
    EXPECT_TRUE(caught);
    EXPECT_EQ(after.value, text(5));
  });
}

Task<std::string> name_of(Tracked value) {
  co_await turn();
  co_return value.value;
}

TEST(CompilerProbe, an_awaited_value_is_an_argument_of_an_awaited_call) {
  run([]() -> Task<void> {
    const auto answer = co_await name_of(co_await make(9));
    EXPECT_EQ(answer, text(9));
  });
}

Task<boost::system::result<std::size_t>> read_to_end() {
  co_await turn();
  co_return boost::system::error_code(boost::asio::error::eof);
}

TEST(CompilerProbe, an_error_code_becomes_a_result) {
  run([]() -> Task<void> {
    const auto answer = co_await read_to_end();
    EXPECT_EQ(answer.error(), boost::asio::error::eof);
  });
}

}  // namespace
}  // namespace leafgate

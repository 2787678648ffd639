#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include "adapters/mqtt/broker/endpoint.hpp"
#include "tests/fakes/fake_leaf_link.hpp"
#include "tests/fakes/faulty_proxy.hpp"
#include "tests/fakes/mosquitto.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/seeded_random.hpp"
#include "tests/unit/broker/broker_leaf.hpp"

namespace leafgate::broker {

using namespace std::chrono_literals;

// The loop of a test, run here step by step, which measures the longest step.
class SteppedLoop {
 public:
  [[nodiscard]] Executor executor() { return context_.get_executor(); }
  LoopClock::duration longest_step{};

  // Runs until it is so; false: not within the limit.
  template <class F>
  bool until(F is_so, LoopClock::duration limit = 20s) {
    const TimePoint end = LoopClock::now() + limit;
    context_.restart();
    while (!is_so()) {
      const TimePoint begun = LoopClock::now();
      if (begun > end) return false;
      const std::size_t ran = context_.poll_one();
      longest_step = std::max(longest_step, LoopClock::now() - begun);
      if (ran == 0) ::poll(nullptr, 0, 1);  // it is another thread's or process's turn
    }
    return true;
  }

 private:
  boost::asio::io_context& context_ = test_loop();
  boost::asio::executor_work_guard<Executor> guard_{context_.get_executor()};
};

// One gateway on a broker, reached through `port`.
class Gateway {
 public:
  Gateway(SteppedLoop& loop, Settings settings, std::uint64_t seed = 1)
      : loop_(loop), random_(seed), endpoint_(loop.executor(), std::move(settings), {link, random_}) {}
  ~Gateway() { stop(); }
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  void start() {
    started_ = true;
    endpoint_.start();
  }
  // How long it took.
  LoopClock::duration stop() {
    const TimePoint begun = LoopClock::now();
    if (!std::exchange(stopped_, true)) {
      bool done = false;
      spawn(loop_.executor(), [](Endpoint& endpoint, bool& over) -> Task<void> {
        co_await endpoint.stop();
        over = true;
      }(endpoint_, done));
      EXPECT_TRUE(loop_.until([&] { return done; }));
    }
    return LoopClock::now() - begun;
  }
  [[nodiscard]] bool connects() {
    if (!started_) start();
    return loop_.until([&] { return facts().connected; });
  }
  [[nodiscard]] bool says(const std::string& detail) {
    return loop_.until([&] { return facts().detail.find(detail) != std::string::npos; });
  }
  [[nodiscard]] bool hears(const std::string& message, std::size_t times = 1) {
    return loop_.until([&] { return link.count(message) >= times; });
  }
  [[nodiscard]] BrokerFacts facts() const { return endpoint_.facts(); }
  [[nodiscard]] Endpoint& endpoint() { return endpoint_; }

  FakeLeafLink link;

 private:
  SteppedLoop& loop_;
  SeededRandom random_;
  Endpoint endpoint_;
  bool started_ = false;
  bool stopped_ = false;
};

inline Settings settings_for(const FaultyProxy& wire, const std::string& name = "gw-1") {
  Settings out;
  out.uri = "mqtt://127.0.0.1:" + std::to_string(wire.port());
  out.name = name;
  out.patience.first_pause = 20ms;
  out.patience.longest_pause = 200ms;
  out.patience.settle = 100ms;
  return out;
}

// A broker, the gateway's way to it, which may fail, and the leaves' way, which does not.
struct BrokerSite {
  explicit BrokerSite(const std::string& configuration = "allow_anonymous true\n")
      : broker(configuration), wire(broker.socket()), leaves(broker.socket()) {}

  Mosquitto broker;
  FaultyProxy wire;
  FaultyProxy leaves;
  SteppedLoop loop;
};

}  // namespace leafgate::broker

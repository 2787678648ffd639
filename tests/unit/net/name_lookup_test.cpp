#include "gateway/net/name_lookup.hpp"

#include <array>
#include <atomic>
#include <latch>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include "gateway/net/connector.hpp"
#include "gateway/runtime/loop.hpp"
#include "tests/unit/net/tls_fixture.hpp"

namespace leafgate::net::name_lookup_test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

// A name server that says nothing until it is let go.
struct SilentServer {
  std::latch asked{1};
  std::latch let_go{1};
  std::latch gone{1};
  std::atomic<int> questions{0};

  NameLookup::Resolve resolve() {
    return [this](const std::string&) -> Result<Addresses> {
      ++questions;
      asked.count_down();
      let_go.wait();
      gone.count_down();
      return Addresses(1, asio::ip::make_address("192.0.2.1"));
    };
  }
};

struct Asking {
  explicit Asking(NameLookup::Resolve resolve) : lookup(loop.executor(), std::move(resolve)) {}
  Loop loop{"names"};
  Deadlines deadlines{loop.executor()};
  NameLookup lookup;
  std::vector<Result<Addresses>> answers;

  void ask(std::string host, LoopClock::duration limit) {
    const auto go = [](Asking& of, std::string name, TimePoint until) -> Task<void> {
      auto found = co_await of.lookup.find(std::move(name), until, of.deadlines);
      of.answers.push_back(std::move(found));
    };
    spawn(loop.executor(), go(*this, std::move(host), LoopClock::now() + limit));
  }
  void run() {
    loop.release();
    loop.run_here();
  }
};

TEST(NameLookup, FindsTheAddressesOfAName) {
  Asking asking(resolve_here);
  asking.ask("localhost", 20s);
  asking.ask("192.0.2.7", 20s);
  asking.ask("no-such-name.invalid", 20s);
  asking.run();
  ASSERT_EQ(asking.answers.size(), 3U);
  EXPECT_EQ(asking.answers[0]->front().to_string(), "192.0.2.7") << "an address needs no thread";
  const auto loopback = [](const auto& answer) { return answer && answer->front().is_loopback(); };
  EXPECT_EQ(std::count_if(asking.answers.begin(), asking.answers.end(), loopback), 1);
  const auto failed = [](const auto& answer) {
    return !answer && answer.error().detail.starts_with("no-such-name.invalid: ");
  };
  EXPECT_EQ(std::count_if(asking.answers.begin(), asking.answers.end(), failed), 1);
}

TEST(NameLookup, AsksOnceForAllWhoWaitForAName) {
  SilentServer server;
  Asking asking(server.resolve());
  for (int i = 0; i < 3; ++i) asking.ask("dps.example", 20s);
  asking.ask("dps.example", 100ms);
  asking.loop.start();
  server.asked.wait();
  std::this_thread::yield();
  asking.ask("192.0.2.7", 20s);
  server.let_go.count_down();
  server.gone.wait();
  asking.loop.release();
  asking.loop.join();
  EXPECT_EQ(server.questions, 1);
  EXPECT_EQ(asking.answers.size(), 5U);
}

TEST(NameLookup, LeavesASilentNameServerBehindAtTheDeadline) {
  SilentServer server;
  const TimePoint begin = LoopClock::now();
  {
    Asking asking(server.resolve());
    asking.ask("dps.example", 150ms);
    asking.run();
    ASSERT_EQ(asking.answers.size(), 1U);
    EXPECT_EQ(asking.answers[0].error().code, Errc::timed_out);
    EXPECT_EQ(asking.answers[0].error().detail, "dps.example: the name server does not answer");
  }
  EXPECT_LT(LoopClock::now() - begin, 1s) << "and the loop is gone, while its thread still waits";
  server.let_go.count_down();
  server.gone.wait();
}

TEST(NameLookup, names_the_thread_that_may_be_left_behind) {
  std::string name;
  Asking asking([&name](const std::string&) -> Result<Addresses> {
    std::array<char, 16> of_kernel{};
    ::pthread_getname_np(::pthread_self(), of_kernel.data(), of_kernel.size());
    name = of_kernel.data();
    return Error(Errc::unreachable, "it is not there");
  });
  asking.ask("dps.example", 20s);
  asking.run();
  EXPECT_EQ(name, "name-lookup");
}

TEST(NameLookup, ASilentNameServerDoesNotHoldUpTheStop) {
  SilentServer server;
  TlsPair tls;
  const TimePoint begin = LoopClock::now();
  std::optional<Errc> ended;
  {
    Loop loop("stopping");
    Connector connector(loop.executor(), tls.client, server.resolve());
    const auto go = [](Connector& by, std::optional<Errc>& into) -> Task<void> {
      Target target;
      target.host = "dps.example";
      auto stream = co_await by.connect(std::move(target), LoopClock::now() + 30s);
      if (!stream) into = stream.error().code;
    };
    spawn(loop.executor(), go(connector, ended));
    loop.start();
    server.asked.wait();
    boost::asio::post(loop.executor(), [&connector] { connector.stop(); });
    loop.release();
    loop.join();
  }
  EXPECT_EQ(ended, Errc::stopped);
  EXPECT_LT(LoopClock::now() - begin, 1s);
  server.let_go.count_down();
  server.gone.wait();
}

}  // namespace
}  // namespace leafgate::net::name_lookup_test

#include "adapters/service/turns.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/service/dps_device_client.hpp"
#include "gateway/runtime/simulator.hpp"

namespace leafgate::service::turns_test {
namespace {

using namespace std::chrono_literals;

struct TurnsTest : testing::Test {
  Simulator sim{1};
  Turns turns{sim.executor(), 2};
  std::vector<std::string> seen;

  // Takes a turn, keeps it for about a second.
  Task<void> visit(std::string name, LoopClock::duration stay = 1s) {
    auto turn = co_await turns.take();
    if (turn) {
      seen.push_back(name + " in");
      co_await sleep_for(stay);
      seen.push_back(name + " out");
    } else {
      seen.push_back(name + " " + turn.error().detail);
    }
  }
};

TEST_F(TurnsTest, goes_in_the_order_of_coming_and_never_above_its_places) {
  for (const char* name : {"a", "b", "c", "d"}) sim.spawn(visit(name, name[0] < 'b' ? 1s : 1100ms));
  sim.run_for(500ms);
  EXPECT_EQ(seen, (std::vector<std::string>{"a in", "b in"}));
  EXPECT_EQ(turns.waiting(), 2U);
  sim.run_until_idle();
  EXPECT_EQ(seen,
            (std::vector<std::string>{"a in", "b in", "a out", "c in", "b out", "d in", "c out", "d out"}));
}

TEST_F(TurnsTest, sends_away_who_waits_and_nobody_else) {
  sim.spawn(visit("a"));
  sim.spawn(visit("b", 1100ms));
  sim.spawn(visit("c"));
  sim.run_for(500ms);
  turns.send_away(Error(Errc::timed_out, "too late"));
  sim.spawn(visit("d"));
  sim.run_until_idle();
  EXPECT_EQ(seen,
            (std::vector<std::string>{"a in", "b in", "c too late", "a out", "d in", "b out", "d out"}));
}

// A service that takes a second to refuse, or that never answers.
struct CrowdTest : testing::Test {
  Simulator sim{1};
  std::size_t open = 0;
  std::size_t most = 0;
  bool hangs = false;
  net::HttpClient http{"dps.example", [this](TimePoint deadline) { return dial(deadline); }};
  DpsDeviceClient client{sim.executor(), http, IdScope::parse("0ne00000000").value()};
  std::vector<Errc> ended;

  Task<Result<std::unique_ptr<net::Stream>>> dial(TimePoint deadline) {
    ++open;
    most = std::max(most, open);
    if (hangs) {
      co_await sleep_until(deadline);
    } else {
      co_await sleep_for(1s);
    }
    --open;
    co_return Error(hangs ? Errc::timed_out : Errc::unreachable, "nobody");
  }
  Task<void> ask() {
    const RegistrationId id = RegistrationId::parse("line-1").value();
    const RegistrationRequest request;
    auto answer = co_await client.register_device(id, request, "token");
    ended.push_back(answer.error().code);
  }
};

TEST_F(CrowdTest, has_eight_requests_under_way_at_most) {
  for (int i = 0; i < 100; ++i) sim.spawn(ask());
  sim.run_for(5500ms);
  EXPECT_EQ(most, 8U);
  EXPECT_EQ(ended.size(), 40U);
  sim.run_until_idle();
  EXPECT_EQ(ended, std::vector<Errc>(100, Errc::unreachable));
}

// Else a thousand requests in line would take an hour to find out, eight by eight, that nobody answers.
TEST_F(CrowdTest, fails_as_one_when_the_service_stays_silent) {
  hangs = true;
  for (int i = 0; i < 100; ++i) sim.spawn(ask());
  sim.run_for(31s);
  EXPECT_EQ(ended, std::vector<Errc>(100, Errc::timed_out));
  EXPECT_EQ(open, 0U);
}

}  // namespace
}  // namespace leafgate::service::turns_test

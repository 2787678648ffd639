#include "adapters/status/user_names.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "adapters/status/guard.hpp"
#include "gateway/runtime/simulator.hpp"

namespace leafgate::status::user_names_test {
namespace {

using std::chrono::seconds;

struct UserNamesTest : testing::Test {
  Simulator sim{1};
  std::vector<std::shared_ptr<UserNameLook>> hanging;  // as their threads hold them
  UserNames users{[this](uid_t) {
    hanging.push_back(std::make_shared<UserNameLook>());
    return hanging.back();
  }};
};

TEST_F(UserNamesTest, a_directory_that_hangs_costs_the_name_and_a_second) {
  net::HttpRequest asked("POST", "/v1/sync");
  net::PeerCredentials operator_of_the_site;
  operator_of_the_site.uid = 1000;
  asked.peer = net::HttpPeer(operator_of_the_site);
  const TimePoint begun = LoopClock::now();
  const Actor who = sim.run(who_asks(asked, &users));
  EXPECT_EQ(who.uid, 1000);
  EXPECT_EQ(who.user, "");
  EXPECT_GE(LoopClock::now() - begun, seconds(1));
  EXPECT_LT(LoopClock::now() - begun, seconds(2));
}

TEST_F(UserNamesTest, a_name_that_comes_within_a_second_counts) {
  const auto answer = [](std::vector<std::shared_ptr<UserNameLook>>& of) -> Task<void> {
    co_await sleep_for(std::chrono::milliseconds(700));
    of.front()->put("ada");
  };
  sim.spawn(answer(hanging));
  EXPECT_EQ(sim.run(users.name_of(1000)), "ada");
}

TEST_F(UserNamesTest, looks_that_hang_do_not_take_all_threads) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sim.run(users.name_of(1000)), "");
  EXPECT_EQ(hanging.size(), 8U);
  hanging.clear();  // the directory is back
  EXPECT_EQ(sim.run(users.name_of(1000)), "");
  EXPECT_EQ(hanging.size(), 1U) << "and is asked again";
}

TEST_F(UserNamesTest, who_comes_while_all_threads_are_at_work_waits_for_one) {
  const auto ask = [](UserNames& of, std::vector<std::string>& names) -> Task<void> {
    std::string name = co_await of.name_of(1000);
    names.push_back(std::move(name));
  };
  const auto answer = [](std::vector<std::shared_ptr<UserNameLook>>& of) -> Task<void> {
    co_await sleep_for(std::chrono::milliseconds(50));
    for (const auto& look : of) look->put("ada");
    of.clear();
  };
  std::vector<std::string> names;
  for (int i = 0; i < 9; ++i) sim.spawn(ask(users, names));
  sim.run(answer(hanging));
  sim.run_for(std::chrono::milliseconds(150));
  sim.run(answer(hanging));
  sim.run_until_idle();
  EXPECT_EQ(names, std::vector<std::string>(9, "ada"));
}

TEST(UserName, this_system_knows_root) {
  const auto look = look_for_user_name(0);
  std::optional<std::string> name;
  while (!name) {
    std::this_thread::yield();
    name = look->take();
  }
  EXPECT_EQ(name, "root");
}

}  // namespace
}  // namespace leafgate::status::user_names_test

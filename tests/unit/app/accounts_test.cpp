#include "gateway/app/accounts.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_clock.hpp"

namespace leafgate::accounts_test {
namespace {

using std::chrono::seconds;

struct AccountsTest : testing::Test {
  Simulator simulator{1};
  FakeClock clock;
  FoundAccounts known;  // what the directory says now
  bool hangs = false;
  std::shared_ptr<AccountsLook> look;
  int looks = 0;
  std::optional<gid_t> admins;
  Accounts accounts{simulator.executor(),
                    clock,
                    {[this] {
                       ++looks;
                       look = std::make_shared<AccountsLook>();
                       if (!hangs) look->put(known);
                       return look;
                     },
                     [this](const FoundAccounts& found) { admins = found.admin_group; }}};
};

TEST_F(AccountsTest, who_is_known_is_looked_up_once) {
  known.admin_group = 7;
  simulator.spawn(accounts.run());
  simulator.run_for(std::chrono::hours(1));
  EXPECT_EQ(looks, 1);
  EXPECT_EQ(admins, 7U);
  EXPECT_TRUE(accounts.troubles().empty());
}

TEST_F(AccountsTest, a_directory_that_comes_later_is_asked_again_and_the_trouble_ends) {
  known.no_admin_group = "group \"admins\" cannot be looked up: I/O error";
  known.no_bridge_users = "this system has no user \"bridge\"";
  simulator.spawn(accounts.run());
  simulator.run_for(seconds(150));
  EXPECT_EQ(looks, 3);
  EXPECT_EQ(admins, std::nullopt) << "root alone";
  ASSERT_EQ(accounts.troubles().size(), 2U);
  EXPECT_EQ(accounts.troubles()[0].reason, Reason::accounts_unknown);
  EXPECT_EQ(accounts.troubles()[0].consequence,
            "nobody but root may change anything here: " + known.no_admin_group);
  known = FoundAccounts();
  known.admin_group = 7;
  simulator.run_for(seconds(60));
  EXPECT_EQ(admins, 7U);
  EXPECT_TRUE(accounts.troubles().empty());
}

TEST_F(AccountsTest, a_stop_does_not_wait_for_the_next_look) {
  known.no_admin_group = "away";
  simulator.spawn(accounts.run());
  simulator.run_for(seconds(1));
  accounts.stop();
  simulator.run_until_idle();
  EXPECT_EQ(looks, 1);
}

// getgrnam() of a directory that hangs comes back when it likes, and cannot be called off.
TEST_F(AccountsTest, a_directory_that_hangs_is_told_and_keeps_no_stop_waiting) {
  hangs = true;
  simulator.spawn(accounts.run());
  simulator.run(accounts.first_look(LoopClock::now() + seconds(1)));
  ASSERT_EQ(accounts.troubles().size(), 2U);
  EXPECT_EQ(accounts.troubles()[0].reason, Reason::accounts_unknown);
  simulator.run_for(std::chrono::hours(1));
  EXPECT_EQ(looks, 1) << "no second one beside it";
  FoundAccounts late;
  late.admin_group = 7;
  look->put(late);
  simulator.run_for(seconds(1));
  EXPECT_EQ(admins, 7U);
  EXPECT_TRUE(accounts.troubles().empty());
}

TEST_F(AccountsTest, a_stop_does_not_wait_for_a_look_that_hangs) {
  hangs = true;
  bool ended = false;
  const auto follow = [](Accounts& of, bool& has_ended) -> Task<void> {
    co_await of.run();
    has_ended = true;
  };
  simulator.spawn(follow(accounts, ended));
  simulator.run_for(seconds(5));
  accounts.stop();
  simulator.run_for(Millis(0));
  EXPECT_TRUE(ended);
}

TEST(FindAccounts, a_look_aside_finds_the_same) {
  const auto look = look_aside({"root", {}});
  std::optional<FoundAccounts> found;
  while (!found) {
    std::this_thread::yield();
    found = look->take();
  }
  EXPECT_EQ(found->admin_group, 0U);
}

TEST(FindAccounts, those_that_are_known_are_let_in_beside_one_that_is_not) {
  const FoundAccounts found = find_accounts({"root", {"root", "nobody-of-this-name"}});
  EXPECT_EQ(found.admin_group, 0U);
  EXPECT_EQ(found.no_admin_group, "");
  EXPECT_EQ(found.bridge_users, std::vector<uid_t>{0});
  EXPECT_EQ(found.no_bridge_users, "this system has no user \"nobody-of-this-name\"");
  EXPECT_EQ(find_accounts({}).no_admin_group, "") << "nobody is named";
}

}  // namespace
}  // namespace leafgate::accounts_test

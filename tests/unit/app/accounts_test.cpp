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
  AccountNames asked;  // by the last look
  std::optional<gid_t> admins;
  std::vector<uid_t> bridges;
  std::optional<Accounts> made;

  Accounts& accounts_of(AccountNames names) {
    Accounts::Hooks hooks;
    hooks.look = [this](AccountNames of) {
      ++looks;
      asked = std::move(of);
      look = std::make_shared<AccountsLook>();
      if (!hangs) look->put(known);
      return look;
    };
    hooks.found = [this](const FoundAccounts& found) {
      admins = found.admin_group;
      bridges = found.bridge_users;
    };
    return made.emplace(simulator.executor(), clock, std::move(names), std::move(hooks));
  }
};

const AccountNames both{"admins", {"bridge"}};

TEST_F(AccountsTest, who_is_known_is_looked_up_once) {
  Accounts& accounts = accounts_of({"admins", {}});
  known.admin_group = 7;
  simulator.spawn(accounts.run());
  simulator.run_for(std::chrono::hours(1));
  EXPECT_EQ(looks, 1);
  EXPECT_EQ(admins, 7U);
  EXPECT_TRUE(accounts.troubles().empty());
}

TEST_F(AccountsTest, a_directory_that_comes_later_is_asked_again_and_the_trouble_ends) {
  Accounts& accounts = accounts_of(both);
  known.no_admin_group = "group \"admins\" cannot be looked up: I/O error";
  known.no_bridge_users = "this system has no user \"bridge\"";
  known.unknown = both;
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

// The directory goes with the uplink, and just then the rights are needed.
TEST_F(AccountsTest, who_is_known_stays_so_while_another_is_not) {
  Accounts& accounts = accounts_of({"admins", {"bridge", "slip"}});
  known.admin_group = 7;
  known.bridge_users = {8};
  known.no_bridge_users = "this system has no user \"slip\"";
  known.unknown.bridge_users = {"slip"};
  simulator.spawn(accounts.run());
  simulator.run_for(seconds(1));
  EXPECT_EQ(admins, 7U);
  EXPECT_EQ(bridges, std::vector<uid_t>{8});
  known.admin_group.reset();
  known.bridge_users.clear();
  known.no_bridge_users = "user \"slip\" cannot be looked up: I/O error";
  simulator.run_for(seconds(60));
  EXPECT_EQ(asked.admin_group, "") << "known";
  EXPECT_EQ(asked.bridge_users, std::vector<std::string>{"slip"});
  EXPECT_EQ(admins, 7U);
  EXPECT_EQ(bridges, std::vector<uid_t>{8});
  ASSERT_EQ(accounts.troubles().size(), 1U);
  known = FoundAccounts();
  known.bridge_users = {9};
  simulator.run_for(seconds(60));
  EXPECT_EQ(bridges, (std::vector<uid_t>{8, 9}));
  EXPECT_EQ(looks, 3);
  EXPECT_TRUE(accounts.troubles().empty());
}

TEST_F(AccountsTest, a_stop_does_not_wait_for_the_next_look) {
  Accounts& accounts = accounts_of({"admins", {}});
  known.no_admin_group = "away";
  known.unknown.admin_group = "admins";
  simulator.spawn(accounts.run());
  simulator.run_for(seconds(1));
  accounts.stop();
  simulator.run_until_idle();
  EXPECT_EQ(looks, 1);
}

// getgrnam() of a directory that hangs comes back when it likes, and cannot be called off.
TEST_F(AccountsTest, a_directory_that_hangs_is_told_and_keeps_no_stop_waiting) {
  Accounts& accounts = accounts_of({"admins", {}});
  hangs = true;
  simulator.spawn(accounts.run());
  simulator.run(accounts.first_look(LoopClock::now() + seconds(1)));
  ASSERT_EQ(accounts.troubles().size(), 1U) << "no user is named";
  EXPECT_EQ(accounts.troubles()[0].reason, Reason::accounts_unknown);
  EXPECT_TRUE(accounts.troubles()[0].consequence.starts_with("nobody but root"));
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
  Accounts& accounts = accounts_of(both);
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
  EXPECT_EQ(found.unknown.admin_group, "");
  EXPECT_EQ(found.unknown.bridge_users, std::vector<std::string>{"nobody-of-this-name"});
  EXPECT_EQ(find_accounts({}).no_admin_group, "") << "nobody is named";
}

}  // namespace
}  // namespace leafgate::accounts_test

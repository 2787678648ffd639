#include "adapters/status/accounts.hpp"

#include <gtest/gtest.h>

namespace leafgate::status::accounts_test {
namespace {

TEST(Accounts, knows_root_and_says_what_it_does_not_know) {
  EXPECT_EQ(*find_group("root"), 0U);
  EXPECT_EQ(*find_user("root"), 0U);
  EXPECT_EQ(find_group("no-such-group").error().code, Errc::not_found);
  const auto unknown = find_user("nobody-of-this-name");
  EXPECT_EQ(unknown.error().code, Errc::not_found);
  EXPECT_EQ(unknown.error().detail, "this system has no user \"nobody-of-this-name\"");
}

TEST(Accounts, a_group_of_many_gets_more_room) {
  EXPECT_EQ(*find_group("root", 1), 0U);
  EXPECT_EQ(*find_user("root", 1), 0U);
}

}  // namespace
}  // namespace leafgate::status::accounts_test

#include "gateway/app/trial.hpp"

#include <gmock/gmock.h>

#include "tests/unit/app/config_fixture.hpp"

namespace leafgate::trial_test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct TrialTest : ConfigTest {
  ConfigTrial tried(const std::string& more) { return try_config(good(more), std::nullopt); }
};

TEST_F(TrialTest, warns_of_an_address_that_this_machine_does_not_have) {
  const auto trial =
      tried("[mqtt]\nlisten = [\"127.0.0.1:1\", \"192.0.2.77:8883\"]\n[https]\nlisten = [\"[::]:443\"]\n");
  EXPECT_THAT(trial.warnings,
              testing::ElementsAre("192.0.2.77:8883: no interface of this machine has this address (yet)"));
  EXPECT_THAT(trial.mistakes, Not(Contains(HasSubstr("192.0.2.77")))) << "it may come";
}

TEST_F(TrialTest, warns_of_an_address_that_goes_with_its_interface) {
  const auto trial = tried("[mqtt]\nlisten = [\"[fe80::1%lo]:8883\"]\n");
  EXPECT_THAT(trial.warnings, Contains(HasSubstr("use \"[::]\"")));
}

TEST_F(TrialTest, warns_of_a_group_and_users_that_are_not_known) {
  const auto trial = tried(
      "[status]\nadmin_group = \"no-such-group\"\n[bridge]\nusers = [\"root\", \"nobody-of-this-name\"]\n");
  EXPECT_THAT(trial.warnings, Contains(HasSubstr("status.admin_group: this system has no group")));
  EXPECT_THAT(trial.warnings, Contains(HasSubstr("bridge.users: this system has no user")));
  EXPECT_THAT(tried("[status]\nadmin_group = \"root\"\n").warnings, IsEmpty());
}

}  // namespace
}  // namespace leafgate::trial_test

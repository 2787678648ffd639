#include "gateway/app/trial.hpp"

#include <gmock/gmock.h>

#include "gateway/app/pair_files.hpp"
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

TEST_F(TrialTest, warns_of_a_broker_at_an_address_of_this_machine_where_it_listens_itself) {
  const std::string listen =
      "[mqtt]\nlisten = [\"127.0.0.1:18883\"]\n[broker]\nuri = \"mqtt://[::ffff:127.0.0.1]";
  EXPECT_THAT(tried(listen + ":18883\"\n").warnings,
              Contains(HasSubstr("this gateway itself listens there")));
  EXPECT_THAT(tried(listen + ":1883\"\n").warnings, IsEmpty());
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

TEST_F(TrialTest, warns_of_a_trust_that_ends_at_once) {
  const auto warns = Contains(HasSubstr("offline.max_age"));
  EXPECT_THAT(tried("[offline]\nmax_age = \"0s\"\n").warnings, warns);
  EXPECT_THAT(tried("[offline]\nmax_age = \"0s\"\nbeyond = \"serve\"\n").warnings, Not(warns));
}

TEST_F(TrialTest, names_the_key_of_a_file_that_is_not_there) {
  const auto trial =
      tried("[[tls.extra]]\nserver_name = \"a.example\"\ncertificate = \"/a.pem\"\nkey = \"/a.key\"\n");
  EXPECT_THAT(trial.mistakes, Contains(HasSubstr("tls.certificate: ")));
  EXPECT_THAT(trial.mistakes, Contains("tls.extra.certificate: /a.pem: No such file or directory"));
}

TEST(WithKey, tells_the_file_of_a_pair_by_its_name) {
  const CertificatePair pair{"", "/c.pem", "/c.pem.key"};
  EXPECT_EQ(with_key(pair, {Errc::not_found, "/c.pem.key: gone"}).detail, "tls.key: /c.pem.key: gone");
  EXPECT_EQ(with_key(pair, {Errc::not_found, "/c.pem: gone"}).detail, "tls.certificate: /c.pem: gone");
}

}  // namespace
}  // namespace leafgate::trial_test

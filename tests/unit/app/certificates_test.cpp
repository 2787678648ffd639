#include <gmock/gmock.h>

#include "tests/unit/app/certificates_fixture.hpp"

namespace leafgate::certificates_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

using testing::HasSubstr;

TEST_F(CertificatesTest, are_chosen_by_the_name_a_leaf_asks_for) {
  start();
  EXPECT_NE(shown("extra.example"), first);
  EXPECT_EQ(shown(""), first);
  EXPECT_EQ(shown("sub.extra.example"), first);
  EXPECT_NE(shown("gw.example", 0), first) << "each loop has contexts of its own";
  EXPECT_THAT(troubles(), testing::IsEmpty());
  EXPECT_EQ(certificates->left().size(), 2U);
}

TEST_F(CertificatesTest, of_an_extra_pair_that_does_not_load_are_left_out_until_it_does) {
  write_half("extra");
  start();
  EXPECT_EQ(shown("extra.example"), first);
  EXPECT_THAT(troubles(), testing::ElementsAre(HasSubstr("shown the main certificate for extra.example")));
  write_pair("extra", "DNS:extra.example");
  look();
  EXPECT_NE(shown("extra.example"), first);
  EXPECT_THAT(troubles(), testing::IsEmpty());
}

TEST_F(CertificatesTest, that_changed_are_promoted_on_every_loop) {
  start();
  look();
  EXPECT_EQ(shown(""), first) << "nothing changed";
  write_pair("main", "DNS:gw.example");
  look();
  EXPECT_NE(shown(""), first);
  EXPECT_NE(shown("", 0), shown("", 1));
  EXPECT_EQ(certificates->look_again_at(), simulator.now() + minutes(1));
}

TEST_F(CertificatesTest, that_the_broker_is_shown_is_told_beside_those_of_leaves) {
  write_pair("broker", "", 20, "clientAuth");
  WantedPairs pairs = wanted();
  pairs.broker = pair("broker");
  ASSERT_TRUE(load(pairs));
  EXPECT_EQ(certificates->left().size(), 3U);
  EXPECT_EQ(certificates->left().back().first, pair("broker").certificate);
  EXPECT_EQ(certificates->shown().size(), 2U) << "no leaf is shown it";
  ASSERT_TRUE(certificates->shown_to_broker());
  EXPECT_EQ(certificates->shown_to_broker()->file, pair("broker").certificate);

  write_pair("broker", "", 2, "clientAuth");
  look();
  clock.start += std::chrono::hours(23);
  EXPECT_LT(certificates->shown_to_broker()->left, Millis(std::chrono::hours(2)));
  EXPECT_TRUE(certificates->shown_to_broker()->ends_soon);
  EXPECT_THAT(troubles(), testing::Contains(HasSubstr("the broker refuses this gateway after its end")));
}

TEST_F(CertificatesTest, written_again_with_the_same_content_change_nothing) {
  start();
  std::filesystem::last_write_time(pki.path("main.pem"), std::filesystem::file_time_type::clock::now());
  look();
  EXPECT_EQ(shown(""), first);
  EXPECT_THAT(troubles(), testing::IsEmpty());
}

TEST_F(CertificatesTest, half_written_get_a_minute) {
  start();
  write_half("main");
  look();
  EXPECT_THAT(troubles(), testing::IsEmpty());
  EXPECT_EQ(certificates->look_again_at(), simulator.now() + seconds(10));
  simulator.run_for(seconds(59));
  look();
  EXPECT_THAT(troubles(), testing::IsEmpty());
  simulator.run_for(seconds(1));
  look();
  EXPECT_THAT(troubles(), testing::ElementsAre(HasSubstr("certificate-refused: " + pki.path("main.key"))));
  EXPECT_EQ(shown(""), first);
  write_pair("main", "DNS:gw.example");
  look();
  EXPECT_NE(shown(""), first);
  EXPECT_THAT(troubles(), testing::IsEmpty());
}

TEST_F(CertificatesTest, half_written_are_refused_at_once_when_somebody_asks_for_a_reload) {
  start();
  write_half("main");
  reload(wanted());
  EXPECT_THAT(troubles(), testing::ElementsAre(HasSubstr("the one in use ends in 8")));
  EXPECT_EQ(shown(""), first);
}

TEST_F(CertificatesTest, that_leaves_would_not_take_are_refused) {
  struct Row {
    int days;
    std::string usage, says;
  };
  const std::vector<Row> rows = {{90, "clientAuth", "not made for TLS servers"}, {1, "", "ended at"}};
  start();
  for (const Row& row : rows) {
    write_pair("main", "DNS:gw.example", row.days, row.usage);
    simulator.run_for(seconds(1));
    look();
    EXPECT_THAT(troubles(), testing::ElementsAre(HasSubstr(row.says))) << row.says;
    EXPECT_EQ(shown(""), first);
  }
}

TEST_F(CertificatesTest, are_not_judged_by_a_clock_that_is_not_trusted) {
  start();
  clock.quality = ClockQuality::unsynced;
  write_pair("main", "DNS:gw.example", 1);
  look();
  EXPECT_NE(shown(""), first);
  EXPECT_THAT(troubles(), testing::IsEmpty());
  clock.quality = ClockQuality::plausible;
  EXPECT_THAT(troubles(),
              testing::ElementsAre(HasSubstr("certificate-expiring: " + pki.path("main.pem") + " ended at")));
}

TEST_F(CertificatesTest, not_valid_yet_are_promoted_when_their_time_comes) {
  start();
  const WallTime today = clock.start;
  clock.start = today - std::chrono::days(3);
  write_pair("main", "DNS:gw.example");
  look();
  EXPECT_THAT(troubles(), testing::Contains(HasSubstr("not valid before")));
  clock.start = today;
  look();
  EXPECT_NE(shown(""), first);
  EXPECT_THAT(troubles(), testing::IsEmpty());
}

TEST_F(CertificatesTest, of_other_files_and_names_come_and_go_with_the_configuration) {
  start();
  write_pair("other", "DNS:other.example");
  WantedPairs other = wanted();
  other.main = pair("other");
  other.extra = {pair("extra", "new.example"), pair("none", "none.example")};
  reload(other);
  EXPECT_NE(shown(""), first);
  EXPECT_EQ(shown("extra.example"), shown(""));
  EXPECT_NE(shown("new.example"), shown(""));
  EXPECT_EQ(shown("none.example"), shown(""));
  EXPECT_THAT(troubles(), testing::ElementsAre(HasSubstr("none.pem: No such file")));
}

TEST_F(CertificatesTest, of_a_name_that_is_gone_are_not_shown_any_more_though_another_came) {
  start();
  WantedPairs other = wanted();
  other.extra = {pair("none", "none.example")};
  reload(other);
  EXPECT_EQ(shown("extra.example"), first);
  EXPECT_EQ(shown("extra.example", 0), shown("", 0));
}

TEST_F(CertificatesTest, that_are_in_use_are_told_by_their_own_file_while_another_is_refused) {
  start();
  WantedPairs other = wanted();
  other.main = pair("none");
  reload(other);
  EXPECT_THAT(troubles(),
              testing::ElementsAre(HasSubstr("the one in use, " + pki.path("main.pem") + ", ends in")));
  EXPECT_EQ(certificates->left().at(0).first, pki.path("main.pem"));
  write_pair("none", "DNS:gw.example");
  look();
  EXPECT_EQ(certificates->left().at(0).first, pki.path("none.pem"));
}

}  // namespace
}  // namespace leafgate::certificates_test

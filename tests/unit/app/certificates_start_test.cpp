// What a start makes of files that are not as the last run left them: a renewal that the power cut off, and
// what only looks like one.
#include <fstream>
#include <functional>
#include <iterator>

#include <gmock/gmock.h>

#include "tests/unit/app/certificates_fixture.hpp"

namespace leafgate::certificates_start_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using CertificatesAtStart = CertificatesTest;

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(CertificatesAtStart, of_a_main_pair_that_never_was_good_end_the_start) {
  write_half("main");
  EXPECT_THAT(load().error().detail, HasSubstr("main.key: not the key of"));
  write_pair("main", "DNS:gw.example");
  run_once();
  std::filesystem::rename(pki.path("main.key"), pki.path("other.key"));
  WantedPairs other = wanted();
  other.main.key = pki.path("othr.key");  // as somebody types it
  EXPECT_THAT(load(other).error().detail, HasSubstr("othr.key: No such file"));
}

TEST_F(CertificatesAtStart, cut_off_before_their_key_are_replaced_by_those_kept_of_the_last_run) {
  run_once();
  write_half("main");
  start();
  EXPECT_FALSE(certificates->are_missing());
  EXPECT_THAT(troubles(), ElementsAre(AllOf(
                              HasSubstr("main.key: not the key of"),
                              HasSubstr("the one in use, " + pki.path("state/shown.pem") + ", ends in 8"))));
  look();
  EXPECT_EQ(shown(""), first) << "the same as before, and no older one";
  write_pair("main", "DNS:gw.example");
  look();
  EXPECT_NE(shown(""), first);
  EXPECT_THAT(troubles(), IsEmpty());
  EXPECT_EQ(certificates->left().at(0).first, pki.path("main.pem"));
}

TEST_F(CertificatesAtStart, of_an_extra_pair_are_kept_too) {
  run_once();
  write_half("extra");
  start();
  EXPECT_NE(shown("extra.example"), first);
  EXPECT_THAT(troubles(),
              ElementsAre(HasSubstr("the one in use, " + pki.path("state/shown-extra.example.pem"))));
  EXPECT_TRUE(certificates->are_for("extra.example"));
  write_pair("extra", "DNS:extra.example");
  look();
  EXPECT_THAT(troubles(), IsEmpty());
}

// It was refused while it ran, for leaves would not take it. They would not after a power cut.
TEST_F(CertificatesAtStart, with_a_fault_over_the_same_key_are_refused_as_while_it_runs) {
  const auto good = make_test_certificate("gw", "DNS:gw.example", &pki.ca());
  TestPki::write(pki.path("main.pem"), {good});
  TestPki::write_key(pki.path("main.key"), good);
  run_once();
  const auto kept = text_of(pki.path("state/shown.pem"));
  struct Row {
    int days;
    const char* usage;
    const char* told;
  };
  for (const Row& row : {Row{1, "", "ended"}, Row{90, "clientAuth", "main.pem"}}) {
    EVP_PKEY_up_ref(good.key.get());
    TestPki::write(pki.path("main.pem"), {make_test_certificate("gw", "DNS:gw.example", &pki.ca(), row.days,
                                                                good.key.get(), row.usage)});
    run_once();
    EXPECT_EQ(text_of(pki.path("state/shown.pem")), kept) << row.told;
    start();
    EXPECT_THAT(troubles(), ElementsAre(AllOf(HasSubstr(row.told), HasSubstr("shown.pem, ends in"))))
        << row.told;
    EXPECT_TRUE(certificates->are_for("gw.example")) << row.told;
  }
}

TEST_F(CertificatesAtStart, kept_of_the_last_run_are_those_that_were_shown_last) {
  run_once();
  start();
  auto begun = certificates->remember();
  simulator.run(std::move(begun));
  write_pair("main", "DNS:renewed.example");
  look();
  write_half("main");
  start();
  EXPECT_TRUE(certificates->are_for("renewed.example"));
  EXPECT_FALSE(certificates->are_for("gw.example"));
}

// The daemon went on with what it showed: that it was ended afterwards is no reason to stay away.
TEST_F(CertificatesAtStart, named_at_a_reload_and_refused_do_not_end_it) {
  struct Row {
    const char* how;
    const char* certificate;
    const char* key;
    bool old_key_stays;
  };
  for (const Row& row :
       {Row{"key mistyped", "main", "othr", true}, Row{"both mistyped", "othr", "othr", true},
        Row{"and the old key gone", "othr", "othr", false}}) {
    write_pair("main", "DNS:gw.example");
    run_once();
    start();
    WantedPairs other = wanted();
    other.main.certificate = pair(row.certificate).certificate;
    other.main.key = pair(row.key).key;
    reload(other);
    EXPECT_EQ(shown(""), first) << row.how;
    if (!row.old_key_stays) std::filesystem::remove(pki.path("main.key"));
    ASSERT_TRUE(load(other)) << row.how;
    EXPECT_EQ(certificates->are_missing(), !row.old_key_stays) << row.how;
    EXPECT_EQ(certificates->are_for("gw.example"), row.old_key_stays) << row.how;
    EXPECT_THAT(
        troubles(),
        ElementsAre(AllOf(HasSubstr("othr."), HasSubstr("No such file"),
                          HasSubstr(row.old_key_stays ? "state/shown.pem, ends" : "turned away until"))))
        << row.how;
    look();
    EXPECT_EQ(certificates->are_missing(), !row.old_key_stays) << row.how;
    other.main.key = pki.path("third.key");
    EXPECT_FALSE(load(other)) << row.how << ": nobody ran with that name";
    write_pair("main", "DNS:gw.example");
    run_once();
    EXPECT_THAT(text_of(pki.path("state/shown.pem")), testing::Not(HasSubstr("othr"))) << row.how;
    other.main.key = pair(row.key).key;
    EXPECT_FALSE(load(other)) << row.how << ": forgotten";
  }
}

TEST_F(CertificatesAtStart, named_at_a_reload_and_made_afterwards_are_shown) {
  run_once();
  start();
  WantedPairs other = wanted();
  other.main = pair("moved");
  reload(other);
  const auto file = pki.path("state/shown.pem");
  EXPECT_THAT(text_of(file), testing::StartsWith("Shown to leaves last, without its key. It was read from "
                                                 "these two:\n" +
                                                 pki.path("main.pem") + "\n" + pki.path("main.key") + "\n"))
      << "what a gateway of an older version compares";
  ASSERT_TRUE(load(other));
  EXPECT_TRUE(certificates->are_for("gw.example"));
  write_pair("moved", "DNS:moved.example");
  look();
  EXPECT_TRUE(certificates->are_for("moved.example"));
  EXPECT_THAT(text_of(file), testing::Not(HasSubstr("main.")));
  write_half("moved");
  ASSERT_TRUE(load(other));
  EXPECT_TRUE(certificates->are_for("moved.example"));
}

// As certbot does it: each name is a link, and that of the key is moved first.
TEST_F(CertificatesAtStart, find_the_old_key_where_its_name_led_to) {
  const auto link = [&](const std::string& name, const std::string& to) {
    std::filesystem::remove(pki.path(name));
    std::filesystem::create_symlink(to, pki.path(name));
  };
  for (const bool old_key_stays : {true, false}) {
    write_pair("first", "DNS:gw.example");
    write_pair("second", "DNS:renewed.example");
    link("main.pem", "first.pem");
    link("main.key", "first.key");
    run_once();
    link("main.key", "second.key");
    if (!old_key_stays) std::filesystem::remove(pki.path("first.key"));
    ASSERT_TRUE(load());
    EXPECT_EQ(certificates->are_missing(), !old_key_stays);
    EXPECT_EQ(certificates->are_for("gw.example"), old_key_stays);
    EXPECT_THAT(troubles(), ElementsAre(HasSubstr("main.key: not the key of")));
    link("main.pem", "second.pem");
    look();
    EXPECT_TRUE(certificates->are_for("renewed.example"));
    EXPECT_THAT(troubles(), IsEmpty());
  }
}

TEST_F(CertificatesAtStart, without_their_key_are_awaited_with_nothing_to_show) {
  struct Row {
    const char* how;
    std::function<void()> happens;
  };
  const auto key = pki.path("main.key");
  const std::vector<Row> rows = {
      {"another one", [&] { TestPki::write_key(key, make_test_certificate("gw", "DNS:gw.example")); }},
      {"cut off", [&] { std::filesystem::resize_file(key, 40); }},
      {"empty", [&] { std::filesystem::resize_file(key, 0); }},
      {"gone", [&] { std::filesystem::remove(key); }},
  };
  for (const Row& row : rows) {
    write_pair("main", "DNS:gw.example");
    run_once();
    row.happens();
    ASSERT_TRUE(load()) << row.how;
    EXPECT_TRUE(certificates->are_missing()) << row.how;
    EXPECT_EQ(certificates->turned_away(), TurnedAway::others) << row.how;
    EXPECT_EQ(shown("gw.example"), nullptr) << row.how;
    EXPECT_NE(shown("extra.example"), nullptr) << row.how;
    EXPECT_FALSE(certificates->are_for("gw.example")) << row.how;
    EXPECT_EQ(certificates->look_again_at(), simulator.now() + seconds(10)) << row.how;
    EXPECT_THAT(troubles(),
                ElementsAre(AllOf(HasSubstr("main.key: "), HasSubstr("turned away until this pair"))))
        << row.how;
    look();
    EXPECT_TRUE(certificates->are_missing()) << row.how;
    write_pair("main", "DNS:gw.example");
    look();
    EXPECT_NE(shown("gw.example"), nullptr) << row.how;
    EXPECT_NE(shown("gw.example", 0), nullptr) << row.how;
    EXPECT_TRUE(certificates->are_for("gw.example")) << row.how;
    EXPECT_EQ(certificates->turned_away(), TurnedAway::nobody) << row.how;
    EXPECT_THAT(troubles(), IsEmpty()) << row.how;
    EXPECT_EQ(certificates->look_again_at(), simulator.now() + minutes(1)) << row.how;
  }
}

TEST_F(CertificatesAtStart, that_are_awaited_are_shown_when_a_reload_finds_them_whole) {
  run_once();
  std::filesystem::resize_file(pki.path("main.key"), 0);
  ASSERT_TRUE(load());
  reload(wanted());
  EXPECT_TRUE(certificates->are_missing());
  WantedPairs alone = wanted();
  alone.extra.clear();
  reload(alone);
  EXPECT_EQ(certificates->turned_away(), TurnedAway::all);
  write_pair("main", "DNS:gw.example");
  reload(wanted());
  EXPECT_NE(shown("gw.example"), nullptr);
}

TEST_F(CertificatesAtStart, that_are_awaited_are_taken_as_at_a_start_when_leaves_would_not_take_them) {
  run_once();
  std::filesystem::remove(pki.path("main.pem"));
  std::filesystem::remove(pki.path("main.key"));
  ASSERT_TRUE(load());
  write_pair("main", "DNS:gw.example", 1);  // has ended
  look();
  EXPECT_NE(shown("gw.example"), nullptr);
  EXPECT_THAT(troubles(), ElementsAre(HasSubstr("ended at")));
}

TEST_F(CertificatesAtStart, are_kept_without_their_key_and_written_only_when_they_change) {
  run_once();
  const auto file = pki.path("state/shown.pem");
  EXPECT_THAT(text_of(file),
              AllOf(HasSubstr("\n" + pki.path("main.pem") + "\n" + pki.path("main.key") + "\n"),
                    HasSubstr("BEGIN CERTIFICATE"), testing::Not(HasSubstr("PRIVATE"))));
  const auto written = std::filesystem::last_write_time(file) - std::chrono::hours(1);
  std::filesystem::last_write_time(file, written);
  run_once();
  EXPECT_EQ(std::filesystem::last_write_time(file), written);
  write_pair("main", "DNS:gw.example");
  run_once();
  EXPECT_NE(std::filesystem::last_write_time(file), written);
}

TEST_F(CertificatesAtStart, that_were_not_valid_yet_are_kept_when_the_clock_is_set) {
  run_once();
  write_pair("main", "DNS:renewed.example");
  const WallTime today = clock.start;
  clock.start = today - std::chrono::days(3'653);
  run_once();
  start();
  auto begun = certificates->remember();
  simulator.run(std::move(begun));
  const auto file = pki.path("state/shown.pem");
  const auto before = text_of(file);
  clock.start = today;
  look();
  EXPECT_NE(text_of(file), before);
  write_half("main");
  start();
  EXPECT_TRUE(certificates->are_for("renewed.example"));
}

TEST_F(CertificatesAtStart, that_may_have_been_good_are_awaited_when_nobody_can_tell) {
  run_once();
  const auto file = pki.path("state/shown.pem");
  write_half("main");
  std::filesystem::resize_file(file, 0);
  ASSERT_TRUE(load());
  EXPECT_TRUE(certificates->are_missing());
  std::filesystem::remove(file);
  EXPECT_FALSE(load()) << "it is known that none was";
  std::filesystem::create_directory(file);
  ASSERT_TRUE(load());
  EXPECT_TRUE(certificates->are_missing());
  EXPECT_THAT(troubles(), ElementsAre(HasSubstr("main.key: not the key of")));
  std::filesystem::remove(file);
  write_pair("main", "DNS:gw.example");
  look();
  EXPECT_THAT(text_of(file), HasSubstr("BEGIN CERTIFICATE"));
}

TEST_F(CertificatesAtStart, that_cannot_be_kept_are_shown_nevertheless) {
  start();  // no folder for them
  auto task = certificates->remember();
  simulator.run(std::move(task));
  EXPECT_EQ(shown("gw.example"), first);
  std::filesystem::create_directory(pki.path("state"));
  look();
  EXPECT_TRUE(std::filesystem::exists(pki.path("state/shown.pem"))) << "tried again";
}

}  // namespace
}  // namespace leafgate::certificates_start_test

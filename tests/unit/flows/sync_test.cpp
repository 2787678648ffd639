// The service's list of enrollments, taken in (semantics §5).
#include <gtest/gtest.h>

#include "gateway/flows/decide.hpp"
#include "tests/unit/flows/sync_fixture.hpp"

namespace leafgate::sync_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr auto group = EnrollmentKind::group;

TEST_F(SyncTest, takes_in_the_list_and_then_its_keys) {
  fill();
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(held(), listed());
  EXPECT_EQ(key_of("c"), "key c 1 of 16 octets");
  const SyncReport report = sync().report();
  EXPECT_EQ(report.keys_left, 0U);
  EXPECT_EQ(report.keys_fetched, 6U);
  EXPECT_EQ(report.last.read, 6U);
  EXPECT_TRUE(report.completed);
  EXPECT_EQ(list.asked.at(4), "keys Line") << "many leaves need it";
}

TEST_F(SyncTest, a_leaf_is_known_as_soon_as_its_key_is_here) {
  list.put("pump-1", "1");
  list.individuals.at("pump-1").key = "the primary key of it";
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(site.provision("pump-1").registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(site.registrations.records.at("pump-1").registration.assignment->enrollment_id,
            "individual pump-1");
}

TEST_F(SyncTest, asks_again_for_nothing_that_did_not_change) {
  fill();
  start();
  ASSERT_TRUE(settles());
  list.individuals.erase("b");
  list.put("c", "2");
  list.put("f", "1");
  const std::size_t before = list.asked.size();
  const std::string old = held();
  pass(hours(6));
  EXPECT_EQ(held(), listed()) << old;
  std::size_t keys = 0;
  for (std::size_t i = before; i < list.asked.size(); ++i)
    if (list.asked[i].starts_with("keys")) ++keys;
  EXPECT_EQ(keys, 2U);
  EXPECT_EQ(key_of("c"), "key c 2 of 16 octets");
}

TEST_F(SyncTest, goes_by_the_continuation_and_not_by_the_number_of_records) {
  fill();
  list.empty_pages = true;
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(held(), listed());
}

TEST_F(SyncTest, rests_behind_a_page_for_twice_as_long_as_it_took_but_not_for_long) {
  for (int i = 0; i < 40; ++i) list.put("leaf-" + std::to_string(1000 + i), "1");
  list.page_size = 10;
  struct Row {
    Millis takes;
    Millis between;
  };
  for (const Row& row :
       {Row{Millis(0), Millis(0)}, Row{Millis(40), Millis(120)}, Row{Millis(900), Millis(1150)}}) {
    store.takes = row.takes;
    list.asked_at.clear();
    restart();
    sync().start_now();
    ASSERT_TRUE(settles());
    ASSERT_GE(list.asked_at.size(), 4U);
    for (std::size_t page = 1; page < 4; ++page)
      EXPECT_EQ(list.asked_at[page] - list.asked_at[page - 1], row.between) << row.takes.count();
  }
}

TEST_F(SyncTest, keeps_to_its_pace_after_half_a_minute_s_worth) {
  per_minute = 60;
  for (int i = 0; i < 400; ++i) list.put("leaf-" + std::to_string(1000 + i), "1");
  list.page_size = 100;
  start();
  pass(seconds(1));
  EXPECT_GE(list.requests, 30);
  pass(minutes(1));
  const int in_a_minute = list.requests;
  pass(minutes(3));
  EXPECT_NEAR(list.requests - in_a_minute, 177, 3);
  const SyncReport report = sync().report();
  EXPECT_GT(report.keys_left, 100U);
  EXPECT_NEAR(static_cast<double>(report.ends_in->count()), 1000.0 * static_cast<double>(report.keys_left),
              1500);
}

// It was carried in so, and what is sealed under that spelling stays.
TEST_F(SyncTest, a_group_that_is_spelt_otherwise_is_the_one_that_is_held) {
  fill();
  Enrollment carried;
  carried.kind = EnrollmentKind::group;
  carried.id = "LINE";
  carried.mechanism = Mechanism::symmetric_key;
  site.enrollments.put(carried);
  site.running->ledger.enrollments_changed();
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(held(), "LINE/g1 | a/1 b/1 c/1 d/1 e/1 ");
  list.groups.at("Line").odd = "of a new kind";
  list.groups.at("Line").odd_status = false;
  sync().start_now();
  pass(minutes(1));
  EXPECT_FALSE(site.enrollments.group_rows.at("LINE").enabled);
  list.groups.clear();
  sync().start_now();
  pass(minutes(1));
  EXPECT_TRUE(site.enrollments.group_rows.empty());
}

TEST_F(SyncTest, takes_only_what_the_site_needs) {
  fill();
  list.put("pump-1", "1");
  list.put("pump-2", "1");
  options.enrollments = {"Pump-*", "line", "b"};
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(held(), "Line/g1 | b/1 pump-1/1 pump-2/1 ");
  options.enrollments = {"pump-1"};
  sync().set_options(options);
  pass(minutes(1));
  EXPECT_EQ(held(), "| pump-1/1 ");
}

// Pages are not of one moment: a record that moves behind the reading is on none of them.
TEST_F(SyncTest, a_record_that_moves_while_the_list_is_read_stays) {
  fill();
  start();
  ASSERT_TRUE(settles());
  list.asked.clear();
  FakeServiceList::Row moved = list.individuals.at("d");
  list.fault = [&](int, ListAnswer&, std::optional<Error>&) {
    if (list.asked.back() == "individuals tb" && list.requests_of("groups ") == 1)
      list.individuals.erase("d");
    if (list.requests_of("groups ") == 2) list.individuals["d"] = moved;
  };
  sync().start_now();
  pass(minutes(1));
  EXPECT_TRUE(site.enrollments.individuals.contains("d"));
  EXPECT_EQ(sync().report().last.removed, 0U);
  EXPECT_EQ(list.requests_of("groups "), 2);
}

TEST_F(SyncTest, many_that_are_gone_cost_one_more_reading_and_no_more) {
  for (int i = 0; i < 2'000; ++i) list.put("leaf-" + std::to_string(10'000 + i), "1");
  list.page_size = 100;
  per_minute = 60'000;
  start();
  ASSERT_TRUE(settles());
  while (list.individuals.size() > 100) list.individuals.erase(std::prev(list.individuals.end()));
  list.put("another", "1");
  list.requests = 0;
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(held(), listed());
  EXPECT_EQ(sync().report().last.removed, 1'900U);
  EXPECT_EQ(sync().report().last.read, 101U) << "of the last reading";
  EXPECT_LT(list.requests, 10);
}

// A CA that was rolled at the service, which shows its name alone: who still comes by the old one is not
// taken.
TEST_F(SyncTest, a_ca_that_the_service_names_no_more_is_let_go_of_and_told) {
  const auto naming = [](const std::string& name) {
    return R"({"attestation":{"type":"x509","x509":{"caReferences":{"primary":")" + name + R"("}}}})";
  };
  list.put("Line", "g1", group, Mechanism::x509);
  list.groups.at("Line").listed.enrollment.record = naming("ca-1");
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(missing(), "Line ca-1 ") << "never imported: the same helps";
  const auto import = [this](const char* thumbprint) {
    Enrollment& line = site.enrollments.group_rows.at("Line");
    line.primary_certificate = EnrolledCertificate{thumbprint, "", {1}};
    site.running->ledger.enrollments_changed();
  };
  import("thumbprint");
  EXPECT_EQ(missing(), "") << "with the next question";
  list.put("Line", "g2", group, Mechanism::x509);
  list.groups.at("Line").listed.enrollment.record = naming("ca-2");
  sync().start_now();
  pass(minutes(1));
  EXPECT_FALSE(site.enrollments.group_rows.at("Line").primary_certificate);
  EXPECT_EQ(missing(), "Line ca-2 ");
  restart();
  EXPECT_EQ(missing(), "Line ca-2 ");
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(missing(), "Line ca-2 ") << "until it is imported";
  import("of the new one");
  EXPECT_EQ(missing(), "");
  sync().start_now();
  pass(minutes(1));
  EXPECT_TRUE(site.enrollments.group_rows.at("Line").primary_certificate);
  EXPECT_EQ(missing(), "");
}

// What an engineer sees of a second sync that finds records gone.
TEST_F(SyncTest, a_second_reading_is_told_as_one) {
  for (int i = 0; i < 200; ++i)
    list.put("leaf-" + std::to_string(1'000 + i), "1", EnrollmentKind::individual, Mechanism::tpm);
  list.page_size = 10;
  per_minute = 60;
  start();
  ASSERT_TRUE(settles());
  pass(minutes(2));
  for (int i = 0; i < 40; ++i) list.individuals.erase("leaf-" + std::to_string(1'000 + i));
  list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
    const bool throttled = list.asked.back() == "individuals tleaf-1079";
    if (throttled) answer.http_status = 429;
    if (throttled) answer.retry_after = Seconds(10);
  };
  sync().start_now();
  pass(seconds(5));
  SyncReport report = sync().report();
  EXPECT_FALSE(report.again);
  EXPECT_EQ(report.counts.read, 40U);
  EXPECT_EQ(report.of, 200U) << "by the last run";
  list.fault = nullptr;
  const auto reads_of_it = list.requests_of("individuals tleaf-1079") + 1;
  const auto fails_in_the_second = [&](int, ListAnswer&, std::optional<Error>& error) {
    if (list.asked.back() == "individuals tleaf-1079" &&
        list.requests_of("individuals tleaf-1079") > reads_of_it)
      error = Error(Errc::timed_out, "slow");
  };
  list.fault = fails_in_the_second;
  pass(seconds(20));
  report = sync().report();
  ASSERT_TRUE(report.again) << to_text(report.phase);
  EXPECT_EQ(report.missing, 40U);
  EXPECT_EQ(report.counts.read, 40U);
  EXPECT_EQ(report.counts.changed, 0U);
  EXPECT_EQ(report.pages, 5U) << "of this reading: that of groups is one";
  EXPECT_EQ(report.of, 160U) << "by the first reading";
  ASSERT_TRUE(report.reading_ends_in);
  list.fault = nullptr;
  pass(minutes(5));
  report = sync().report();
  EXPECT_FALSE(report.again);
  EXPECT_FALSE(report.of);
  EXPECT_EQ(report.last.removed, 40U);
}

TEST_F(SyncTest, how_long_keys_take_is_not_said_while_nobody_asks_for_them) {
  fill();
  list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
    if (list.asked.back().starts_with("keys")) answer.http_status = 403;
  };
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(sync().report().keys_left, 6U);
  EXPECT_FALSE(sync().report().ends_in);
}

// Rotated at the service, and the new ones have yet to be asked for.
TEST_F(SyncTest, a_leaf_with_the_new_key_is_not_refused_by_the_old_one) {
  site.policy.unknown = UnknownPolicy::relay;
  site.restart();
  site.enroll("pump-1", "the key of before");
  Enrollment& e = site.enrollments.individuals.at("pump-1");
  e.origin = EnrollmentOrigin::service;
  e.keys_etag = "1";
  site.running->ledger.enrollments_changed();
  const auto comes = [&](const std::string& id) {
    return site.admit(site.attempt(id, site.token(id, "the key of now"))).reason;
  };
  EXPECT_EQ(comes("pump-1"), Reason::wrong_key) << "it is the very record";
  e.etag = "2";
  site.running->ledger.enrollments_changed();
  EXPECT_EQ(comes("pump-1"), Reason::relayed);
  e.keys_etag = "2";
  site.running->ledger.enrollments_changed();
  EXPECT_EQ(comes("pump-1"), Reason::wrong_key);
}

// Nothing here opens the key it was taken by: the store was restored, and the list names another one.
TEST_F(SyncTest, a_row_that_waits_for_its_key_goes_when_that_is_here) {
  site.enroll("pump-1");
  site.service.up = false;
  ASSERT_EQ(site.register_leaf("pump-1").status, 202);
  Enrollment& e = site.enrollments.individuals.at("pump-1");
  e.origin = EnrollmentOrigin::service;
  e.keys_etag = "1";
  e.primary_key = SealedKey{"sealed by what is not here"};
  site.running->ledger.enrollments_changed();
  pass(minutes(1));  // what was on its way has failed
  site.service.up = true;
  pass(minutes(127));
  ASSERT_EQ(site.registrations.rows.size(), 1U);
  list.put("pump-1", "2");
  start();
  for (int second = 0; second < 600 && e.keys_etag != "2"; ++second) pass(seconds(1));
  ASSERT_EQ(e.keys_etag, "2");
  pass(seconds(2));
  EXPECT_EQ(site.service.registered["pump-1"], 1);
}

TEST(HasOldKeys, lets_nobody_be_told_ahead) {
  Enrollment e;
  e.mechanism = Mechanism::symmetric_key;
  e.provisional = true;
  e.only_hub = "hub1.azure-devices.net";
  e.etag = "2";
  EXPECT_TRUE(may_be_told_ahead(e, std::nullopt)) << "carried in: its keys came with it";
  e.origin = EnrollmentOrigin::service;
  e.keys_etag = "1";
  EXPECT_FALSE(may_be_told_ahead(e, std::nullopt));
  e.keys_etag = "2";
  EXPECT_TRUE(may_be_told_ahead(e, std::nullopt));
}

}  // namespace
}  // namespace leafgate::sync_test

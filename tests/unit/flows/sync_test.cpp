// The service's list of enrollments, taken in (semantics §5).
#include <set>

#include <gtest/gtest.h>

#include "gateway/flows/decide.hpp"
#include "tests/unit/flows/sync_site.hpp"

namespace leafgate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr auto group = EnrollmentKind::group;

struct SyncTest : testing::Test, SyncSite {
  void fill() {
    list.put("Line", "g1", group);
    for (const char* id : {"a", "b", "c", "d", "e"}) list.put(id, "1");
  }
};

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

TEST_F(SyncTest, keeps_to_its_pace_after_a_minute_s_worth) {
  per_minute = 60;
  for (int i = 0; i < 400; ++i) list.put("leaf-" + std::to_string(1000 + i), "1");
  list.page_size = 100;
  start();
  pass(seconds(1));
  EXPECT_GE(list.requests, 60);
  const int at_once = list.requests;
  pass(minutes(3));
  EXPECT_NEAR(list.requests - at_once, 180, 3);
  const SyncReport report = sync().report();
  EXPECT_GT(report.keys_left, 100U);
  EXPECT_NEAR(static_cast<double>(report.ends_in->count()), 1000.0 * static_cast<double>(report.keys_left),
              1500);
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

TEST_F(SyncTest, keeps_what_a_record_was_when_it_is_not_understood_any_more) {
  fill();
  start();
  ASSERT_TRUE(settles());
  list.individuals.at("b").odd = "attestation.type is new";
  list.individuals.erase("c");
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(held(), "Line/g1 | a/1 b/1 d/1 e/1 ");
  ASSERT_EQ(sync().report().kept_out.size(), 1U);
  EXPECT_EQ(sync().report().kept_out[0], "b: attestation.type is new");
}

TEST_F(SyncTest, waits_long_when_its_credential_is_refused_and_says_so) {
  fill();
  list.fault = [](int, ListAnswer& answer, std::optional<Error>&) { answer.http_status = 401; };
  start();
  pass(minutes(1));
  EXPECT_EQ(list.requests, 1);
  EXPECT_EQ(sync().report().trouble, Reason::service_list_unreadable);
  pass(minutes(15));
  EXPECT_EQ(list.requests, 2);
  list.fault = nullptr;
  ASSERT_TRUE(settles());
  EXPECT_EQ(sync().report().trouble, Reason::none);
  EXPECT_EQ(held(), listed());
}

TEST_F(SyncTest, obeys_a_429_for_whoever_asks) {
  fill();
  list.fault = [](int n, ListAnswer& answer, std::optional<Error>&) {
    if (n != 2) return;
    answer.http_status = 429;
    answer.retry_after = Seconds(120);
  };
  start();
  pass(seconds(1));
  EXPECT_EQ(list.requests, 2);
  EXPECT_FALSE(running->pace.take(LoopClock::now()));
  pass(seconds(118));
  EXPECT_EQ(list.requests, 2);
  ASSERT_TRUE(settles());
  EXPECT_EQ(held(), listed());
}

TEST_F(SyncTest, begins_anew_when_the_service_has_forgotten_where_it_was) {
  fill();
  list.tokens_forgotten = true;
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(held(), listed());
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

TEST_F(SyncTest, tells_what_keeps_it_when_that_lasts) {
  fill();
  list.fault = [](int n, ListAnswer&, std::optional<Error>& error) {
    if (n >= 3) error = Error(Errc::implausible, "HTTP 200: no JSON");
  };
  start();
  pass(minutes(5));
  EXPECT_EQ(sync().report().trouble, Reason::sync_incomplete);
  EXPECT_EQ(sync().report().detail, "HTTP 200: no JSON");
  EXPECT_EQ(held(), "| ");
  EXPECT_LT(list.requests, 12);
}

TEST_F(SyncTest, confirms_learns_and_rehomes_what_the_list_shows) {
  for (const char* id : {"same", "moved", "open"}) {
    site.enroll(id);
    ASSERT_EQ(site.provision(id).registration_status, RegistrationStatus::assigned) << id;
  }
  const std::string hub = site.registrations.records.at("same").registration.assignment->assigned_hub;
  list.put("Line", "g1", group);
  for (const char* id : {"same", "moved", "open", "new", "odd"}) list.put(id, "2");
  list.individuals.at("same").listed.state = assigned("same", hub);
  list.individuals.at("moved").listed.state = assigned("moved", "hub9.azure-devices.net");
  list.individuals.at("open").listed.state = assigned("open", "hub9.azure-devices.net");
  list.individuals.at("new").listed.state = assigned("new");
  list.individuals.at("odd").listed.state = assigned("odd", "192.0.2.1");
  list.states_of["Line"] = {assigned("of-line")};
  pass(hours(2));
  site.service.up = false;
  site.running->forwarder.doubt();
  pass(seconds(1));
  site.register_leaf("open", R"({"other":1})");  // waits for the service
  site.service.up = true;
  site.running->forwarder.doubt();
  start();
  ASSERT_TRUE(settles());
  const auto of = [this](const std::string& id) {
    return site.registrations.records.at(id).registration.assignment;
  };
  EXPECT_GT(of("same")->confirmed_at, hours(2));
  EXPECT_NE(of("same")->credential, "") << "what earned it stays";
  EXPECT_EQ(of("moved")->assigned_hub, "hub9.azure-devices.net");
  EXPECT_EQ(of("moved")->enrollment_id, "individual moved");
  EXPECT_EQ(of("new")->assigned_hub, "hub1.azure-devices.net");
  EXPECT_EQ(of("new")->enrollment_id, "individual new");
  EXPECT_EQ(of("new")->enrollment_etag, "2");
  EXPECT_EQ(of("new")->credential, "");
  EXPECT_EQ(of("of-line")->enrollment_id, "group Line");
  EXPECT_FALSE(site.registrations.records.contains("odd"));
  EXPECT_EQ(sync().report().rehomed, 1U + (of("open")->assigned_hub == "hub9.azure-devices.net" ? 1U : 0U));
}

// Confirmed by a clock that was a day fast: the leaf was moved an hour afterwards.
TEST_F(SyncTest, a_leaf_that_was_moved_is_seen_also_after_the_clock_was_fast) {
  site.clock.start += hours(24);
  site.enroll("pump-1");
  ASSERT_EQ(site.provision("pump-1").registration_status, RegistrationStatus::assigned);
  site.clock.start -= hours(24);
  list.put("pump-1", "1");
  auto& state = list.individuals.at("pump-1").listed.state;
  state = assigned("pump-1", "hub9.azure-devices.net");
  state->last_updated = site.clock.now().at + hours(1);
  pass(hours(3));
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(site.registrations.records.at("pump-1").registration.assignment->assigned_hub,
            "hub9.azure-devices.net");
}

TEST(JudgeSighting, is_a_table) {
  const auto state = SyncSite::assigned("a", "hub1.azure-devices.net");
  Assignment known;
  known.assigned_hub = "hub1.azure-devices.net";
  known.device_id = "a";
  known.confirmed_wall = WallTime(Millis(10'000'000));
  PoweredTime asked_at{};
  const auto judge = [&asked_at](const RegistrationState& s, const Assignment* k) {
    return judge_sighting(s, k, {}, asked_at);
  };
  EXPECT_EQ(judge(state, nullptr), SightingSays::learnt);
  EXPECT_EQ(judge(state, &known), SightingSays::confirmed);
  known.tpm_key = SealedKey{"k"};
  EXPECT_EQ(judge(state, &known), SightingSays::rehomed) << "its key for the hub was rolled";
  known.etag = "s1";
  EXPECT_EQ(judge(state, &known), SightingSays::confirmed);
  known.assigned_hub = "hub2.azure-devices.net";
  EXPECT_EQ(judge(state, &known), SightingSays::rehomed);
  auto older = state;
  older.last_updated = WallTime(Millis(9'000'000));
  EXPECT_EQ(judge(older, &known), SightingSays::nothing);
  asked_at = hours(2);
  EXPECT_EQ(judge(older, &known), SightingSays::rehomed) << "one of both clocks is wrong";
  known.confirmed_at = hours(2);
  EXPECT_EQ(judge(older, &known), SightingSays::nothing);
  known.provisional = true;
  EXPECT_EQ(judge(state, &known), SightingSays::nothing);
  auto failed = state;
  failed.status = RegistrationStatus::failed;
  EXPECT_EQ(judge(failed, nullptr), SightingSays::nothing);
  auto address = state;
  address.assigned_hub = "10.0.0.1";
  EXPECT_EQ(judge(address, nullptr), SightingSays::nothing);
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
  EXPECT_TRUE(sync().report().other_cas.empty()) << "never imported: its leaves say so";
  Enrollment& line = site.enrollments.group_rows.at("Line");
  line.primary_certificate = EnrolledCertificate{"thumbprint", "", {}};
  site.running->ledger.enrollments_changed();
  list.put("Line", "g2", group, Mechanism::x509);
  list.groups.at("Line").listed.enrollment.record = naming("ca-2");
  sync().start_now();
  pass(minutes(1));
  EXPECT_FALSE(site.enrollments.group_rows.at("Line").primary_certificate);
  EXPECT_EQ(sync().report().other_cas, std::vector<std::string>{"Line"});
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(sync().report().other_cas.size(), 1U) << "until it is imported";
  site.enrollments.group_rows.at("Line").primary_certificate = EnrolledCertificate{"of the new one", "", {}};
  site.running->ledger.enrollments_changed();
  sync().start_now();
  pass(minutes(1));
  EXPECT_TRUE(site.enrollments.group_rows.at("Line").primary_certificate);
  EXPECT_TRUE(sync().report().other_cas.empty());
}

// A policy with EnrollmentRead alone: neither registrations nor keys.
TEST_F(SyncTest, comes_to_its_end_where_only_the_list_may_be_read) {
  fill();
  bool forbidden = true;
  list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
    if (forbidden && !list.asked.back().starts_with("groups") &&
        !list.asked.back().starts_with("individuals"))
      answer.http_status = 403;
  };
  start();
  ASSERT_TRUE(settles(minutes(5)));
  EXPECT_EQ(held(), listed());
  EXPECT_EQ(sync().report().trouble, Reason::service_list_unreadable);
  EXPECT_NE(sync().report().detail.find("403"), std::string::npos) << sync().report().detail;
  EXPECT_EQ(sync().report().keys_left, 6U);
  list.put("f", "1");
  pass(hours(6));
  EXPECT_EQ(held(), listed()) << "later lists are read";
  EXPECT_LT(list.requests, 30);
  forbidden = false;
  pass(hours(6));
  EXPECT_EQ(sync().report().keys_left, 0U);
  EXPECT_EQ(sync().report().trouble, Reason::none);
}

TEST_F(SyncTest, a_key_that_is_not_understood_keeps_no_other_waiting) {
  fill();
  list.fault = [&](int, ListAnswer&, std::optional<Error>& error) {
    if (list.asked.back() == "keys b") error = Error(Errc::implausible, "HTTP 200: no JSON");
  };
  start();
  ASSERT_TRUE(settles(minutes(5)));
  EXPECT_EQ(sync().report().keys_fetched, 5U);
  EXPECT_EQ(sync().report().keys_left, 1U);
  EXPECT_EQ(key_of("c"), "key c 1 of 16 octets");
}

// A page larger than can be taken, or a fault of the service: of one group, for good.
TEST_F(SyncTest, states_of_a_group_that_cannot_be_read_keep_no_other_list_waiting) {
  fill();
  list.put("Other", "g1", group);
  list.states_of["Other"] = {assigned("of-other")};
  list.fault = [&](int, ListAnswer&, std::optional<Error>& error) {
    if (list.asked.back().starts_with("states Line")) error = Error(Errc::implausible, "larger than 32 MiB");
  };
  start();
  ASSERT_TRUE(settles(minutes(2)));
  EXPECT_TRUE(site.registrations.records.contains("of-other"));
  EXPECT_EQ(sync().report().keys_left, 0U);
  EXPECT_EQ(sync().report().trouble, Reason::sync_incomplete);
  EXPECT_EQ(sync().report().detail,
            "where leaves are could not be read of 1 group: Line: larger than 32 MiB");
  EXPECT_TRUE(sync().report().in_part);
  list.put("f", "1");
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(held(), listed());
}

// Nothing can be signed for the service while the time is unknown; the rest of the back-off is not waited
// for.
TEST_F(SyncTest, goes_on_when_the_time_is_known) {
  fill();
  site.clock.quality = ClockQuality::unsynced;
  list.fault = [&](int, ListAnswer&, std::optional<Error>& error) {
    if (site.clock.quality == ClockQuality::unsynced) error = Error(Errc::throttled, "no token can be made");
  };
  start();
  pass(hours(3));
  EXPECT_EQ(sync().report().trouble, Reason::sync_incomplete);
  EXPECT_GT(sync().report().waits_for.value_or(Millis(0)), minutes(1));
  site.clock.quality = ClockQuality::synced;
  pass(seconds(10));
  EXPECT_EQ(held(), listed());
  EXPECT_EQ(sync().report().trouble, Reason::none);
}

// No leaf comes by: the sync alone notices, and waits for the way as everybody does.
TEST_F(SyncTest, a_service_that_cannot_be_reached_is_told_also_without_traffic) {
  fill();
  site.service.up = false;
  list.fault = [&](int, ListAnswer&, std::optional<Error>& error) {
    if (!site.service.up) error = Error(Errc::unreachable, "no route");
  };
  start();
  pass(minutes(1));
  EXPECT_FALSE(site.running->forwarder.state().up);
  EXPECT_TRUE(sync().report().waits_for_link);
  const int asked = list.requests;
  pass(hours(5));
  EXPECT_EQ(list.requests, asked);
  site.service.up = true;
  pass(minutes(5));
  EXPECT_EQ(held(), listed());
}

TEST_F(SyncTest, counts_the_states_that_are_not_understood) {
  fill();
  list.odd_states = 3;
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(sync().report().odd_states, 3U);
  list.odd_states = 0;
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(sync().report().odd_states, 0U);
}

TEST_F(SyncTest, a_list_that_is_asked_for_does_not_wait_for_states) {
  fill();
  list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
    if (!list.asked.back().starts_with("states")) return;
    answer.http_status = 429;
    answer.retry_after = Seconds(30);
  };
  start();
  pass(minutes(20));
  EXPECT_EQ(sync().report().phase, SyncPhase::reading_states);
  list.put("f", "1");
  sync().start_now();
  pass(minutes(2));
  EXPECT_EQ(held(), listed());
}

// The record of one leaf, or of one group, whose keys the service cannot give.
TEST_F(SyncTest, a_key_that_the_service_fails_at_keeps_no_other_waiting) {
  for (const char* which : {"Line", "b"}) {
    for (const int status : {500, 503, 408}) {
      SyncSite one;
      one.list.put("Line", "g1", group);
      one.list.put("Other", "g1", group);
      for (const char* id : {"a", "b", "c"}) one.list.put(id, "1");
      one.list.individuals.at("a").listed.state = assigned("a");
      one.list.states_of["Line"] = {assigned("of-line")};
      const std::string what = std::string("keys ") + which;
      one.list.fault = [&one, &what, status](int, ListAnswer& answer, std::optional<Error>&) {
        if (one.list.asked.back() == what) answer.http_status = status;
      };
      one.start();
      ASSERT_TRUE(one.settles(minutes(2))) << what << status;
      EXPECT_EQ(one.sync().report().keys_left, 1U) << what << status;
      EXPECT_TRUE(one.site.registrations.records.contains("a")) << what << status;
      EXPECT_TRUE(one.site.registrations.records.contains("of-line")) << what << status;
      EXPECT_NE(one.sync().report().detail.find(which), std::string::npos) << one.sync().report().detail;
      one.list.fault = nullptr;
      one.pass(minutes(20));
      EXPECT_EQ(one.sync().report().keys_left, 0U) << what << status << ": asked for again by itself";
      EXPECT_EQ(one.sync().report().trouble, Reason::none) << what << status;
    }
  }
}

// The service is away with its keys for an hour: not one record after another is waited for.
TEST_F(SyncTest, keys_that_all_fail_keep_the_states_waiting_for_a_minute_alone) {
  fill();
  for (int i = 0; i < 30; ++i) list.put("Line-" + std::to_string(i), "1", group);
  list.states_of["Line-7"] = {assigned("of-line-7")};
  list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
    if (list.asked.back().starts_with("keys")) answer.http_status = 503;
  };
  start();
  pass(minutes(2));
  EXPECT_TRUE(site.registrations.records.contains("of-line-7"));
  pass(hours(1));
  EXPECT_EQ(sync().report().keys_left, 36U);
  EXPECT_EQ(sync().report().trouble, Reason::sync_incomplete);
  EXPECT_LT(list.requests, 100);
  list.fault = nullptr;
  pass(hours(2));
  EXPECT_EQ(sync().report().keys_left, 0U);
  EXPECT_EQ(sync().report().trouble, Reason::none) << sync().report().detail;
}

// More leaves than there is room for at once: whatever sync.every says, none waits for the day of the next
// run.
TEST_F(SyncTest, more_leaves_than_one_run_can_learn_are_learnt_by_the_next_ones) {
  most_to_learn = 20;
  options.every = Millis(0);
  list.page_size = 10;
  for (int i = 0; i < 50; ++i) {
    const std::string id = "leaf-" + std::to_string(100 + i);
    list.put(id, "1", EnrollmentKind::individual, Mechanism::x509);
    list.individuals.at(id).listed.state = assigned(id);
  }
  start();
  sync().start_now();
  std::set<std::size_t> left;
  for (int i = 0; i < 600; ++i) {
    pass(Millis(100));
    left.insert(sync().report().left_to_learn);
  }
  EXPECT_EQ(site.registrations.records.size(), 50U);
  EXPECT_EQ(left, (std::set<std::size_t>{0, 10, 30})) << "and it is told";
  EXPECT_EQ(sync().report().runs, 3U);
  EXPECT_EQ(sync().report().phase, SyncPhase::idle);
}

// What the list said of leaves is taken in before anything is asked for that may fail.
TEST_F(SyncTest, keys_that_may_not_be_read_lose_nothing_that_was_to_be_learnt) {
  list.put("Line", "g1", group);
  list.put("a", "1");
  list.individuals.at("a").listed.state = assigned("a");
  list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
    if (list.asked.back().starts_with("keys")) answer.http_status = 429;
  };
  start();
  pass(seconds(10));
  EXPECT_TRUE(site.registrations.records.contains("a"));
}

TEST_F(SyncTest, a_list_that_is_due_does_not_wait_for_the_keys_of_groups) {
  for (int i = 0; i < 40; ++i) list.put("Line-" + std::to_string(i), "1", group);
  list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
    if (list.asked.back().starts_with("keys")) answer.http_status = 500;
  };
  start();
  pass(hours(5));
  list.put("a", "1");
  pass(hours(2));
  EXPECT_EQ(held(), listed());
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
}  // namespace leafgate

// What fails while the service's list is taken in, and what goes on without it (semantics §5).
#include "tests/unit/flows/sync_fixture.hpp"

namespace leafgate::sync_faults_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr auto group = EnrollmentKind::group;

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

TEST(SyncRound, a_list_that_goes_round_is_told_and_not_followed) {
  for (const char* circle : {"individuals tb", "individuals td"}) {
    SyncSite round;
    for (const char* id : {"a", "b", "c", "d", "e"}) round.list.put(id, "1");
    round.list.next_instead[circle] = "tb";
    round.start();
    round.pass(minutes(10));
    const SyncReport report = round.sync().report();
    EXPECT_EQ(report.trouble, Reason::sync_incomplete) << circle;
    EXPECT_EQ(report.detail, "the list goes round: its next page is one that was read already");
    EXPECT_LE(report.counts.read, 6U);
    EXPECT_LT(round.list.requests, 30);
    EXPECT_EQ(round.held(), "| ");
    round.list.next_instead.clear();
    ASSERT_TRUE(round.settles());
    EXPECT_EQ(round.held(), round.listed());
  }
}

TEST_F(SyncTest, states_that_go_round_are_left_out) {
  fill();
  list.next_instead["states Line "] = "t";
  list.next_instead["states Line t"] = "t";
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(held(), listed());
  EXPECT_LE(list.requests_of("states Line t"), 3);
  EXPECT_EQ(
      sync().report().detail,
      "where leaves are could not be read of 1 group: Line: its next page is one that was read already");
}

TEST_F(SyncTest, a_credential_that_another_clock_refuses_is_told_as_that) {
  fill();
  list.fault = [this](int, ListAnswer& answer, std::optional<Error>&) {
    answer.http_status = 401;
    answer.answered_at = site.clock.now().at - std::chrono::hours(2);
  };
  start();
  pass(seconds(5));
  EXPECT_EQ(sync().report().detail,
            "HTTP 401; the service's clock is 2h behind the gateway's: look at the time here");
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

TEST_F(SyncTest, a_list_that_is_asked_for_does_not_wait_for_states) {
  fill();
  list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
    if (!list.asked.back().starts_with("states")) return;
    answer.http_status = 429;
    answer.retry_after = Seconds(30);
  };
  start();
  pass(seconds(40));
  EXPECT_EQ(sync().report().phase, SyncPhase::reading_states);
  list.put("f", "1");
  sync().start_now();
  pass(minutes(2));
  EXPECT_EQ(held(), listed());
}

// The record of one leaf, or of one group, whose keys the service cannot give.
TEST(SyncFaults, a_key_that_the_service_fails_at_keeps_no_other_waiting) {
  for (const char* which : {"Line", "b"}) {
    for (const int status : {500, 503, 408}) {
      SyncSite one;
      one.list.put("Line", "g1", group);
      one.list.put("Other", "g1", group);
      for (const char* id : {"a", "b", "c"}) one.list.put(id, "1");
      one.list.individuals.at("a").listed.state = SyncSite::assigned("a");
      one.list.states_of["Line"] = {SyncSite::assigned("of-line")};
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

}  // namespace
}  // namespace leafgate::sync_faults_test

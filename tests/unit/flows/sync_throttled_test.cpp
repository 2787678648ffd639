// Whose a 429 is: of the rate of all who ask, until others go through and one alone hears nothing else.
#include "tests/unit/flows/sync_fixture.hpp"

namespace leafgate::sync_throttled_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr auto group = EnrollmentKind::group;

struct SyncThrottledTest : SyncTest {
  std::function<bool(const std::string&)> is_throttled;
  Seconds retry_after{0};

  SyncThrottledTest() {
    list.fault = [this](int, ListAnswer& answer, std::optional<Error>&) {
      if (!is_throttled || !is_throttled(list.asked.back())) return;
      answer.http_status = 429;
      if (retry_after > Seconds(0)) answer.retry_after = retry_after;
    };
  }
  void put_groups(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      list.put(id, "g1", group);
      list.states_of[id] = {assigned("of-" + id)};
    }
  }
  bool knows(const std::string& id) const { return site.registrations.records.contains(id); }
  std::size_t asked_of(const std::string& what) const {
    return static_cast<std::size_t>(std::count_if(
        list.asked.begin(), list.asked.end(), [&](const std::string& one) { return one.starts_with(what); }));
  }
};

TEST(SyncThrottled, one_group_that_hears_nothing_else_is_left_out_and_named) {
  for (const char* which : {"states A ", "states B ", "states C "}) {
    SyncSite one;
    for (const char* id : {"A", "B", "C"}) {
      one.list.put(id, "g1", group);
      one.list.states_of[id] = {SyncSite::assigned(std::string("of-") + id)};
    }
    for (const char* id : {"x", "y"}) one.list.put(id, "1");
    one.list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
      if (one.list.asked.back() == which) answer.http_status = 429;
    };
    one.start();
    ASSERT_TRUE(one.settles(minutes(5))) << which;
    for (const char* id : {"A", "B", "C"})
      EXPECT_EQ(one.site.registrations.records.contains(ascii_lower(std::string("of-") + id)),
                which[7] != *id)
          << which << id;
    EXPECT_EQ(one.sync().report().keys_left, 0U) << which;
    EXPECT_EQ(one.sync().report().trouble, Reason::sync_incomplete);
    EXPECT_TRUE(one.sync().report().in_part);
    EXPECT_EQ(one.sync().report().detail,
              std::string("where leaves are could not be read of 1 group: ") + which[7] + ": HTTP 429");
    one.list.fault = nullptr;
    one.sync().start_now();
    one.pass(minutes(1));
    EXPECT_EQ(one.sync().report().trouble, Reason::none) << which;
  }
}

TEST_F(SyncThrottledTest, everybody_waits_as_long_as_it_says_first) {
  put_groups({"A", "B"});
  retry_after = Seconds(120);
  is_throttled = [](const std::string& what) { return what == "states B "; };
  start();
  pass(seconds(1));
  const int asked = list.requests;
  ASSERT_EQ(list.asked.back(), "states B ");
  pass(seconds(118));
  EXPECT_EQ(list.requests, asked);
  EXPECT_FALSE(running->pace.take(LoopClock::now())) << "nor does anybody else ask";
  pass(seconds(3));
  EXPECT_TRUE(knows("of-a")) << "another one is asked before it is again";
}

TEST_F(SyncThrottledTest, a_rate_that_is_used_up_for_all_leaves_nobody_out) {
  put_groups({"A", "B", "C"});
  for (const char* id : {"x", "y"}) list.put(id, "1");
  is_throttled = [](const std::string& what) {
    return what.starts_with("states") || what.starts_with("keys");
  };
  start();
  pass(hours(3));
  EXPECT_LT(list.requests, 60);
  for (const char* id : {"A", "B", "C"})
    EXPECT_EQ(sync().report().detail.find(std::string(id) + ":"), std::string::npos)
        << sync().report().detail;
  EXPECT_EQ(sync().report().trouble, Reason::sync_incomplete);
  EXPECT_FALSE(sync().report().in_part) << "what waits is not left out";
  is_throttled = nullptr;
  pass(minutes(40));
  EXPECT_TRUE(knows("of-a") && knows("of-b") && knows("of-c"));
  EXPECT_EQ(sync().report().keys_left, 0U);
  EXPECT_EQ(sync().report().trouble, Reason::none) << sync().report().detail;
}

// That one was answered in between makes none of the others odd.
TEST_F(SyncThrottledTest, a_rate_that_is_used_up_twice_leaves_nobody_out) {
  put_groups({"A", "B", "C", "D"});
  for (const char* id : {"x", "y"}) list.put(id, "1");
  const TimePoint begins = site.simulator.now();
  is_throttled = [&](const std::string& what) {
    if (!what.starts_with("states") && !what.starts_with("keys x") && !what.starts_with("keys y"))
      return false;
    const auto so_far = LoopClock::now() - begins;
    const bool one_was_read = knows("of-a") || knows("of-b") || knows("of-c") || knows("of-d");
    return so_far < seconds(30) || (one_was_read && so_far < hours(4));
  };
  start();
  pass(hours(4) - minutes(1));
  EXPECT_TRUE(knows("of-a") || knows("of-b") || knows("of-c") || knows("of-d"));
  EXPECT_FALSE(sync().report().in_part);
  EXPECT_EQ(sync().report().detail, "HTTP 429");
  pass(minutes(30));
  EXPECT_TRUE(knows("of-a") && knows("of-b") && knows("of-c") && knows("of-d"));
  EXPECT_EQ(sync().report().keys_left, 0U);
  EXPECT_EQ(sync().report().trouble, Reason::none) << sync().report().detail;
}

// The rate is used up, and then not; the group hears nothing but 429 all the while.
TEST_F(SyncThrottledTest, the_only_group_is_found_out_also_behind_a_rate_that_was_used_up) {
  put_groups({"A"});
  for (const char* id : {"x", "y"}) list.put(id, "1");
  const TimePoint begins = site.simulator.now();
  is_throttled = [&](const std::string& what) {
    return what.starts_with("states") || (what.starts_with("keys") && LoopClock::now() - begins < hours(1));
  };
  start();
  ASSERT_TRUE(settles(hours(2)));
  EXPECT_EQ(sync().report().detail, "where leaves are could not be read of 1 group: A: HTTP 429");
  pass(minutes(30));
  EXPECT_EQ(sync().report().keys_left, 0U);
}

TEST_F(SyncThrottledTest, the_only_group_does_not_keep_the_keys_of_leaves_waiting) {
  put_groups({"A"});
  for (int i = 0; i < 30; ++i) list.put("leaf-" + std::to_string(10 + i), "1");
  is_throttled = [](const std::string& what) { return what.starts_with("states"); };
  start();
  ASSERT_TRUE(settles(minutes(5)));
  EXPECT_EQ(sync().report().keys_left, 0U);
  EXPECT_EQ(asked_of("keys leaf"), 30U) << "none twice";
  EXPECT_EQ(sync().report().detail, "where leaves are could not be read of 1 group: A: HTTP 429");
}

// The quota of the instance is that of all sites: it is used up for a while, and then not.
TEST_F(SyncThrottledTest, the_only_group_is_read_once_it_is_answered_again) {
  put_groups({"A"});
  for (const char* id : {"x", "y"}) list.put(id, "1");
  const TimePoint begins = site.simulator.now();
  is_throttled = [&](const std::string& what) {
    return what.starts_with("states") && LoopClock::now() - begins < minutes(1);
  };
  start();
  ASSERT_TRUE(settles(minutes(5)));
  EXPECT_TRUE(knows("of-a"));
  EXPECT_EQ(sync().report().trouble, Reason::none) << sync().report().detail;
}

TEST_F(SyncThrottledTest, the_only_group_where_every_key_is_held_waits_and_is_left_out_in_the_next_run) {
  put_groups({"A"});
  is_throttled = [](const std::string& what) { return what.starts_with("states"); };
  start();
  pass(hours(5));
  EXPECT_EQ(sync().report().phase, SyncPhase::reading_states) << "nothing else waits for it";
  EXPECT_LT(list.requests, 40);
  list.put("x", "1");
  pass(hours(2));
  EXPECT_EQ(held(), listed());
  EXPECT_EQ(sync().report().keys_left, 0U);
  EXPECT_EQ(sync().report().phase, SyncPhase::idle);
  EXPECT_EQ(sync().report().detail, "where leaves are could not be read of 1 group: A: HTTP 429");
}

TEST(SyncThrottled, keys_of_one_record_keep_nothing_waiting) {
  for (const char* which : {"keys A", "keys x", "keys y"}) {
    SyncSite one;
    for (const char* id : {"A", "B"}) {
      one.list.put(id, "g1", group);
      one.list.states_of[id] = {SyncSite::assigned(std::string("of-") + id)};
    }
    for (const char* id : {"x", "y"}) one.list.put(id, "1");
    one.list.fault = [&](int, ListAnswer& answer, std::optional<Error>&) {
      if (one.list.asked.back() == which) answer.http_status = 429;
    };
    one.start();
    ASSERT_TRUE(one.settles(minutes(5))) << which;
    EXPECT_EQ(one.sync().report().keys_left, 1U) << which;
    EXPECT_TRUE(one.site.registrations.records.contains("of-a")) << which;
    EXPECT_NE(one.sync().report().detail.find(which + 5), std::string::npos) << one.sync().report().detail;
    one.list.fault = nullptr;
    one.pass(minutes(20));
    EXPECT_EQ(one.sync().report().keys_left, 0U) << which << ": asked for again by itself";
    EXPECT_EQ(one.sync().report().trouble, Reason::none) << which;
  }
}

TEST_F(SyncThrottledTest, keys_of_groups_that_are_all_throttled_keep_the_states_waiting_for_a_minute_alone) {
  put_groups({"A", "B", "C"});
  is_throttled = [](const std::string& what) { return what.starts_with("keys"); };
  start();
  pass(minutes(2));
  EXPECT_TRUE(knows("of-a") && knows("of-b") && knows("of-c"));
  EXPECT_EQ(sync().report().keys_left, 3U);
  is_throttled = nullptr;
  pass(minutes(30));
  EXPECT_EQ(sync().report().keys_left, 0U);
}

}  // namespace
}  // namespace leafgate::sync_throttled_test

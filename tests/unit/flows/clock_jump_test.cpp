// The calendar is set by years while leaves wait: what goes by it, and what does not.
#include <gtest/gtest.h>

#include "tests/fakes/desk_site.hpp"

namespace leafgate::clock_jump_test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class ClockJump : public testing::TestWithParam<Millis> {
 protected:
  DeskSite site;

  ClockJump() {
    for (const char* id : {"known", "stale", "old-1", "old-2", "old-3"}) site.enroll(id);
    site.options.registrations_per_minute = 60;
    site.running->forwarder.set_options(site.options);
  }
  Answer again(const char* id) {
    Attempt a = site.attempt(id, mint_sas_token(site.policy.id_scope, RegistrationId::parse(id).value(),
                                                as_bytes("the primary key of it"), WallTime(days(90'000))));
    return site.admit(std::move(a));
  }
  void jump() { site.clock.start += GetParam(); }
  int told() {
    const auto batch = site.running->events.after(0, 1'000);
    return static_cast<int>(std::count_if(batch.events.begin(), batch.events.end(),
                                          [](const Event& e) { return e.reason == Reason::clock_jumped; }));
  }
};

TEST_P(ClockJump, is_told_and_discards_nothing) {
  ASSERT_EQ(site.provision("stale").status, 200);
  site.simulator.run_for(hours(25));
  ASSERT_EQ(site.provision("known").status, 200);
  site.service.up = false;
  for (const char* id : {"old-1", "old-2", "old-3"}) {
    (void)again(id);
    site.simulator.run_for(seconds(20));
  }
  ASSERT_EQ(site.registrations.rows.size(), 3U);
  const double pace = site.running->forwarder.pace_per_minute();

  jump();
  site.simulator.run_for(minutes(4));
  EXPECT_EQ(told(), 1);
  EXPECT_EQ(site.running->clock_changes, 1) << "certificates are looked at again";
  EXPECT_EQ(site.registrations.rows.size(), 3U);
  EXPECT_EQ(site.running->forwarder.pace_per_minute(), pace);

  // Trust is powered time, and freshness at most becomes a refresh.
  const Answer fresh = again("known");
  EXPECT_EQ(fresh.status, 202);
  EXPECT_TRUE(fresh.reason == Reason::answered_from_cache ||
              fresh.reason == Reason::answered_stale_service_down)
      << code(fresh.reason);
  EXPECT_EQ(again("stale").reason, Reason::answered_stale_service_down);
  const auto trust = [&](const char* id) {
    auto page = site.simulator.run(site.desk().devices(DeviceFilter())).value();
    for (const DeviceRow& row : page.rows)
      if (row.registration_id == id) return *row.trust_left;
    return Millis(-1);
  };
  EXPECT_LE(trust("known"), site.policy.offline_max_age);
  EXPECT_GT(trust("known"), site.policy.offline_max_age - hours(1));

  const StatusReport status = site.status();
  EXPECT_GE(status.outbox_oldest, minutes(4));
  EXPECT_LT(status.outbox_oldest, minutes(10));
  EXPECT_EQ(status.service_since, site.running->forwarder.state().since);
  EXPECT_LT(site.clock.now().at - status.service_since, minutes(10));
  EXPECT_GT(site.clock.now().at - status.service_since, minutes(4));
  EXPECT_EQ(status.outbox, 3U);
  EXPECT_LT(status.up_for, hours(27));
  for (const QueueRow& row : site.simulator.run(site.desk().queue(100)).rows) {
    EXPECT_LT(row.age, minutes(10));
    EXPECT_GE(row.age, row.durable ? minutes(4) : Millis(0));
    EXPECT_LT(site.clock.now().at - row.queued_at, minutes(10));
    EXPECT_LE(row.queued_at, site.clock.now().at);
  }

  site.service.up = true;
  site.service.order.clear();
  site.simulator.run_for(minutes(3));
  EXPECT_TRUE(site.registrations.rows.empty()) << "the probes come as they would have";
  std::vector<std::string> order = site.service.order;
  std::erase_if(order, [](const std::string& id) { return !id.starts_with("old"); });
  EXPECT_EQ(order, (std::vector<std::string>{"old-1", "old-2", "old-3"}));
  EXPECT_EQ(told(), 1);
}

TEST_P(ClockJump, does_not_hurry_or_hold_up_a_leaf_that_knocked_for_the_third_time) {
  ASSERT_EQ(site.provision("known").status, 200);
  (void)again("known");
  (void)again("known");
  site.service.latency = seconds(8);
  const Answer third = again("known");
  ASSERT_EQ(third.reason, Reason::keeps_coming_back);
  jump();
  site.simulator.run_for(seconds(3));
  const auto poll = [&] {
    Attempt a =
        site.attempt("known", mint_sas_token(site.policy.id_scope, RegistrationId::parse("known").value(),
                                             as_bytes("the primary key of it"), WallTime(days(90'000))));
    a.operation = third.operation;
    return site.admit(std::move(a));
  };
  EXPECT_EQ(poll().status, 202) << "30 s have not passed, whatever the calendar says";
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(poll().status, 200);
}

INSTANTIATE_TEST_SUITE_P(Years, ClockJump,
                         testing::Values(days(3'653), -days(3'653),
                                         -FakeClock().start.time_since_epoch() + hours(1)),
                         [](const auto& each) {
                           return std::string(each.param > Millis(0) ? "ten_years_on"
                                              : each.index == 1      ? "ten_years_back"
                                                                     : "to_1970");
                         });

TEST(UnknownTime, is_told_since_when) {
  DeskSite site;
  const auto lasts = [&site]() -> std::optional<Millis> {
    for (const DegradedMode& mode : site.status().degraded)
      if (mode.reason == Reason::time_unknown) return site.clock.now().at - mode.since;
    return std::nullopt;
  };
  EXPECT_FALSE(lasts());
  site.clock.quality = ClockQuality::unsynced;
  (void)site.desk().look();
  site.simulator.run_for(minutes(5));
  site.clock.start += days(700);
  EXPECT_GE(lasts(), minutes(5));
  EXPECT_LT(lasts(), minutes(6));
  site.clock.quality = ClockQuality::synced;
  (void)site.desk().look();
  site.clock.quality = ClockQuality::unsynced;
  site.simulator.run_for(minutes(5));
  EXPECT_LT(lasts(), minutes(1)) << "another time";
}

TEST(UnknownTime, is_told_with_what_it_means_for_leaves) {
  DeskSite site;
  site.enroll("leaf-1");
  site.clock.quality = ClockQuality::unsynced;
  (void)site.register_leaf("leaf-1");
  const auto meaning = [&site]() -> std::string {
    for (const DegradedMode& mode : site.status().degraded)
      if (mode.reason == Reason::time_unknown) return mode.consequence;
    return "";
  };
  EXPECT_NE(meaning().find("1 of them will be looked at again"), std::string::npos) << meaning();
  site.policy.untrusted_clock = UntrustedClockPolicy::refuse;
  site.running->admission.set_policy(site.policy);
  EXPECT_NE(meaning().find("are refused"), std::string::npos) << meaning();
  site.clock.quality = ClockQuality::plausible;
  EXPECT_EQ(meaning(), "");
}

}  // namespace
}  // namespace leafgate::clock_jump_test

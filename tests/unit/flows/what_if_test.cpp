#include "gateway/flows/what_if.hpp"

#include <gtest/gtest.h>

#include "gateway/flows/keys.hpp"

namespace leafgate {
namespace {

using std::chrono::days;
using std::chrono::hours;

// A leaf that would be answered; each row of the table breaks one thing.
struct Case {
  Registration registration{RegistrationId::parse("line-1").value()};
  std::optional<Enrollment> individual;
  std::vector<Enrollment> groups;
  PoweredTime powered = hours(24 * 100);
  WallReading now{WallTime(days(20'000)), ClockQuality::synced};
  Policy policy{IdScope::parse("0ne00ABCDEF").value()};

  Case() {
    Enrollment e;
    e.id = "line-1";
    e.mechanism = Mechanism::symmetric_key;
    e.etag = "1";
    e.primary_key = SealedKey{"sealed"};
    individual = e;
    Assignment a;
    a.assigned_hub = "hub.example";
    a.enrollment_id = reference(e);
    a.enrollment_etag = e.etag;
    a.confirmed_at = powered - hours(1);
    a.confirmed_wall = now.at - hours(1);
    registration.assignment = a;
  }
  void by_group() {
    Enrollment group = *individual;
    individual.reset();
    group.kind = EnrollmentKind::group;
    group.id = "plant";
    registration.assignment->enrollment_id = reference(group);
    groups = {group};
  }
  void one_hub() {
    individual->provisional = true;
    individual->only_hub = "hub.example";
  }
  [[nodiscard]] Decision decision() const {
    return without_uplink(registration, individual ? &*individual : nullptr, groups, powered, now, policy);
  }
};

TEST(WithoutUplink, is_what_decide_would_say) {
  struct Row {
    const char* what;
    std::function<void(Case&)> change;
    bool answered;
    Reason reason;
  };
  const std::vector<Row> table{
      {"nothing changed", [](Case&) {}, true, Reason::answered_from_cache},
      {"older than cache.max_age", [](Case& c) { c.powered += days(3); }, true,
       Reason::answered_stale_service_down},
      {"beyond trust", [](Case& c) { c.powered += days(31); }, false, Reason::beyond_trust_queued},
      {"beyond trust, served",
       [](Case& c) {
         c.powered += days(31);
         c.policy.beyond = BeyondPolicy::serve;
       },
       true, Reason::answered_beyond_trust},
      {"its enrollment trusts longer",
       [](Case& c) {
         c.powered += days(31);
         c.individual->offline_max_age = days(60);
       },
       true, Reason::answered_stale_service_down},
      {"its enrollment trusts shorter",
       [](Case& c) {
         c.powered += hours(3);
         c.individual->offline_max_age = hours(2);
       },
       false, Reason::beyond_trust_queued},
      {"never assigned, one hub possible",
       [](Case& c) {
         c.registration.assignment.reset();
         c.one_hub();
       },
       true, Reason::provisional_assignment},
      {"never assigned, one hub possible, refused by the service",
       [](Case& c) {
         c.registration.assignment.reset();
         c.registration.outcome = Outcome{};
         c.registration.outcome->status = RegistrationStatus::failed;
         c.one_hub();
       },
       false, Reason::queued_offline},
      {"never assigned, by the only group that takes it",
       [](Case& c) {
         c.by_group();
         c.registration.assignment.reset();
       },
       false, Reason::queued_offline},
      {"told ahead, ever so long ago",
       [](Case& c) {
         c.registration.assignment->provisional = true;
         c.powered += days(400);
       },
       true, Reason::provisional_assignment},
      {"told ahead, and its enrollment changed",
       [](Case& c) {
         c.registration.assignment->provisional = true;
         c.individual->etag = "2";
       },
       false, Reason::queued_offline},
      {"never assigned", [](Case& c) { c.registration.assignment.reset(); }, false, Reason::queued_offline},
      {"enrollment removed", [](Case& c) { c.individual.reset(); }, false, Reason::unknown_enrollment},
      {"enrollment disabled", [](Case& c) { c.individual->enabled = false; }, false,
       Reason::enrollment_disabled},
      {"enrollment changed", [](Case& c) { c.individual->etag = "2"; }, false, Reason::queued_offline},
      {"key not held", [](Case& c) { c.individual->primary_key.reset(); }, false,
       Reason::enrollment_without_key},
      {"only the secondary key held",
       [](Case& c) { std::swap(c.individual->primary_key, c.individual->secondary_key); }, true,
       Reason::answered_from_cache},
      {"another mechanism now", [](Case& c) { c.individual->mechanism = Mechanism::x509; }, false,
       Reason::enrollment_without_key},
      {"no clock", [](Case& c) { c.now.quality = ClockQuality::unsynced; }, true,
       Reason::answered_from_cache},
      {"no clock, and it is wanted",
       [](Case& c) {
         c.now.quality = ClockQuality::unsynced;
         c.policy.untrusted_clock = UntrustedClockPolicy::refuse;
       },
       false, Reason::time_unknown},
      {"by a group", [](Case& c) { c.by_group(); }, true, Reason::answered_from_cache},
      {"its group removed",
       [](Case& c) {
         c.by_group();
         c.groups.clear();
       },
       false, Reason::unknown_enrollment},
      {"its group takes it no more",
       [](Case& c) {
         c.by_group();
         c.groups.front().match = {"other-*"};
       },
       false, Reason::unknown_enrollment},
      {"its group disabled",
       [](Case& c) {
         c.by_group();
         c.groups.front().enabled = false;
       },
       false, Reason::enrollment_disabled},
      {"an individual enrollment instead of its group",
       [](Case& c) {
         const Enrollment own = *c.individual;
         c.by_group();
         c.individual = own;
       },
       false, Reason::queued_offline},
  };
  for (const Row& row : table) {
    Case c;
    row.change(c);
    EXPECT_EQ(is_answered(c.decision()), row.answered) << row.what;
    EXPECT_EQ(code(c.decision().reason), code(row.reason)) << row.what;
  }
}

}  // namespace
}  // namespace leafgate

#include <gtest/gtest.h>

#include "tests/unit/flows/what_if_case.hpp"

namespace leafgate::what_if_test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using what_if_case::Case;
using what_if_case::enrolled;
using what_if_case::on_day;

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
      {"came with another key last", [](Case& c) { c.came_otherwise = true; }, false, Reason::queued_offline},
      {"its certificate is still good",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, ProofEnds{on_day(3), on_day(5)});
         c.now.at = on_day(3);
       },
       true, Reason::answered_stale_service_down},
      {"its certificate has ended",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, ProofEnds{on_day(3), on_day(5)});
         c.now.at = on_day(3) + Millis(1);
       },
       false, Reason::leaf_certificate_expired},
      {"its CA has ended",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, ProofEnds{on_day(5), on_day(3)});
         c.now.at = on_day(4);
       },
       false, Reason::leaf_certificate_expired},
      {"its certificate has ended, and nobody knows what the time is",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, ProofEnds{on_day(3), on_day(5)});
         c.now = {on_day(4), ClockQuality::unsynced};
       },
       true, Reason::answered_from_cache},
      {"its certificate has ended, by a clock that may be right",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, ProofEnds{on_day(3), on_day(5)});
         c.now = {on_day(4), ClockQuality::plausible};
       },
       false, Reason::leaf_certificate_expired},
      {"its certificate has ended, and trust as well, served beyond it",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::individual, ProofEnds{on_day(3), std::nullopt});
         c.policy.beyond = BeyondPolicy::serve;
         c.powered += days(31);
         c.now.at = on_day(4);
       },
       false, Reason::leaf_certificate_expired},
      {"its own end is not known, its CA is still good",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, std::nullopt);
         c.now.at = on_day(10);
       },
       true, Reason::answered_stale_service_down},
      {"its own end is not known, its CA has ended",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, std::nullopt);
         c.now.at = on_day(11);
       },
       false, Reason::leaf_certificate_expired},
      {"learnt from the service, and one group names its like",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, std::nullopt);
         c.registration.assignment->enrollment_id.clear();
         c.groups.front().match = {"line-*"};
       },
       true, Reason::answered_from_cache},
      {"learnt from the service, and a group takes anybody",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, std::nullopt);
         c.registration.assignment->enrollment_id.clear();
       },
       false, Reason::unknown_enrollment},
      {"learnt from the service, and two groups name its like",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, std::nullopt);
         c.registration.assignment->enrollment_id.clear();
         c.groups.front().match = {"line-*"};
         c.groups.push_back(c.groups.front());
       },
       false, Reason::unknown_enrollment},
      {"a CA may not be here",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, std::nullopt);
         c.untaken = Reason::leaf_certificate_chain_unknown;
       },
       false, Reason::leaf_certificate_chain_unknown},
      {"a CA may not be here, unknown ones are refused",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, std::nullopt);
         c.untaken = Reason::leaf_certificate_chain_unknown;
         c.policy.unknown = UnknownPolicy::refuse;
       },
       false, Reason::leaf_certificate_chain_unknown},
      {"a CA may not be here, and the one that is has ended",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, std::nullopt);
         c.untaken = Reason::leaf_certificate_chain_unknown;
         c.now.at = on_day(11);
       },
       false, Reason::leaf_certificate_chain_unknown},
      {"a key does not end",
       [](Case& c) {
         c.registration.assignment->ends = ProofEnds{on_day(-3), std::nullopt};
         c.now.at = on_day(4);
       },
       true, Reason::answered_stale_service_down},
  };
  for (const Row& row : table) {
    Case c;
    row.change(c);
    EXPECT_EQ(is_answered(c.decision()), row.answered) << row.what;
    EXPECT_EQ(code(c.decision().reason), code(row.reason)) << row.what;
  }
}

TEST(ProofEndOf, is_what_is_known_of_the_leaf_and_else_of_what_is_enrolled) {
  struct Row {
    const char* what;
    EnrollmentKind kind;
    std::optional<ProofEnds> ends;
    std::function<void(Enrollment&, Assignment&)> change;
    std::optional<int> day;
    WhoseEnd whose;
    bool own_unknown;
  };
  const auto nothing = [](Enrollment&, Assignment&) {};
  const auto group = EnrollmentKind::group;
  const auto individual = EnrollmentKind::individual;
  const auto second = [](int day, bool whole) {
    return [=](Enrollment& e, Assignment&) { e.secondary_certificate = enrolled(day, whole); };
  };
  const std::vector<Row> table{
      {"its own first", group, ProofEnds{on_day(3), on_day(5)}, nothing, 3, WhoseEnd::own, false},
      {"its CA first", group, ProofEnds{on_day(5), on_day(3)}, nothing, 3, WhoseEnd::authority, false},
      {"not seen", group, {}, nothing, 10, WhoseEnd::authority, true},
      {"not seen, two CAs", group, {}, second(20, true), 20, WhoseEnd::authority, true},
      {"not seen, a CA by thumbprint", group, {}, second(20, false), {}, WhoseEnd::authority, true},
      {"seen", individual, ProofEnds{on_day(5), {}}, nothing, 5, WhoseEnd::enrolled, false},
      {"it can be no other", individual, {}, nothing, 10, WhoseEnd::enrolled, false},
      {"one of two", individual, {}, second(20, true), 20, WhoseEnd::enrolled, true},
      {"one of two, and which is known",
       individual,
       {},
       [](Enrollment& e, Assignment& a) {
         e.secondary_certificate = enrolled(20);
         a.credential = e.primary_certificate->sha256;
       },
       10,
       WhoseEnd::enrolled,
       false},
      {"a thumbprint",
       individual,
       {},
       [](Enrollment& e, Assignment&) { e.primary_certificate = enrolled(10, false); },
       {},
       WhoseEnd::enrolled,
       true},
      {"octets that are no certificate",
       individual,
       {},
       [](Enrollment& e, Assignment&) { e.primary_certificate->der.pop_back(); },
       {},
       WhoseEnd::enrolled,
       true},
  };
  for (const Row& row : table) {
    Case c;
    c.by_certificate(row.kind, row.ends);
    row.change(row.kind == group ? c.groups.front() : *c.individual, *c.registration.assignment);
    const ProofEnd end = c.end();
    EXPECT_EQ(end.at.has_value(), row.day.has_value()) << row.what;
    if (end.at && row.day) {
      EXPECT_EQ(*end.at, on_day(*row.day)) << row.what;
    }
    EXPECT_EQ(end.whose, row.whose) << row.what;
    EXPECT_EQ(end.own_unknown, row.own_unknown) << row.what;
    EXPECT_EQ(end.enrollment, row.kind == group ? "group plant" : "individual line-1") << row.what;
  }
  Case key;
  EXPECT_FALSE(key.end().at);
  EXPECT_FALSE(key.end().own_unknown);
}

}  // namespace
}  // namespace leafgate::what_if_test

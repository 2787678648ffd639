// When a sync confirms leaves, so that nobody else need ask about them (semantics §5).
#include <gtest/gtest.h>

#include "gateway/flows/renewals.hpp"
#include "tests/unit/flows/sync_site.hpp"

namespace leafgate::confirms_leaves_test {
namespace {

using std::chrono::days;
using std::chrono::hours;

struct ReportRow {
  const char* what;
  std::function<void(SyncReport&)> change;
  bool confirms;
};

TEST(ConfirmsLeaves, is_a_table) {
  const std::vector<ReportRow> rows = {
      {"nothing to do", [](auto& r) { r.phase = SyncPhase::idle; }, false},
      {"groups", [](auto& r) { r.phase = SyncPhase::listing_groups; }, true},
      {"individuals", [](auto& r) { r.phase = SyncPhase::listing_individuals; }, true},
      {"switching", [](auto& r) { r.phase = SyncPhase::switching; }, true},
      {"learning", [](auto& r) { r.phase = SyncPhase::learning; }, true},
      {"states", [](auto& r) { r.phase = SyncPhase::reading_states; }, true},
      {"keys of groups", [](auto& r) { r.phase = SyncPhase::keys_of_groups; }, false},
      {"28 hours of keys", [](auto& r) { r.phase = SyncPhase::keys_of_leaves; }, false},
      {"refused", [](auto& r) { r.trouble = Reason::service_list_unreadable; }, false},
      {"does not go on", [](auto& r) { r.trouble = Reason::sync_incomplete; }, false},
      {"waits", [](auto& r) { r.waits_for = Millis(1); }, false},
      {"waits for the service", [](auto& r) { r.waits_for_link = true; }, false},
  };
  for (const ReportRow& row : rows) {
    SyncReport report;
    report.phase = SyncPhase::listing_individuals;
    row.change(report);
    EXPECT_EQ(confirms_leaves(report), row.confirms) << row.what;
  }
}

TEST(ConsequenceOf, says_whether_leaves_are_asked_about_meanwhile) {
  SyncReport report;
  report.trouble = Reason::service_list_unreadable;
  report.detail = "HTTP 401";
  report.renewals = Renewing::asks;
  EXPECT_NE(consequence_of(report).find("HTTP 401; leaves are asked about one by one"), std::string::npos);
  report.renewals = Renewing::cannot;
  EXPECT_NE(consequence_of(report).find("nor can leaves"), std::string::npos);
}

TEST(ConsequenceOf, says_which_list_counts_in_each_phase) {
  SyncReport report;
  report.trouble = Reason::sync_incomplete;
  report.detail = "HTTP 429";
  for (const SyncPhase phase :
       {SyncPhase::idle, SyncPhase::listing_groups, SyncPhase::listing_individuals, SyncPhase::switching}) {
    report.phase = phase;
    EXPECT_EQ(consequence_of(report), "enrollments stay as they were: HTTP 429") << to_text(phase);
  }
  for (const SyncPhase phase : {SyncPhase::learning, SyncPhase::keys_of_groups, SyncPhase::reading_states,
                                SyncPhase::keys_of_leaves}) {
    report.phase = phase;
    EXPECT_TRUE(consequence_of(report).starts_with("enrollments are as the list has them, but the sync"))
        << to_text(phase);
  }
  report.in_part = true;
  EXPECT_EQ(consequence_of(report), "enrollments are as the list has them, but for a part: HTTP 429");
}

// A rotated key of the API, for ever.
TEST(ConfirmsLeaves, a_list_that_is_refused_for_ever_ends_nobody_s_trust) {
  SyncSite site;
  site.site.enroll("pump-1");
  ASSERT_EQ(site.site.provision("pump-1").registration_status, RegistrationStatus::assigned);
  site.list.fault = [](int, ListAnswer& answer, std::optional<Error>&) { answer.http_status = 401; };
  site.start();
  const Reason doubt = Reason::none;
  Renewals renewals(site.site.simulator.executor(),
                    {site.site.enrollments, site.site.registrations, site.site.running->ledger,
                     site.site.running->forwarder, site.site.running->meter, site.site.policy, doubt});
  renewals.stand_back_while([&site] { return confirms_leaves(site.sync().report()); });
  site.site.simulator.spawn(renewals.run());
  site.pass(days(40));
  const auto& held = site.site.registrations.records.at("pump-1").registration.assignment;
  EXPECT_LT(site.site.running->meter.now() - held->confirmed_at, days(16));
  EXPECT_GE(renewals.asked(), 2U);
  EXPECT_EQ(renewals.standing(), Renewing::asks);
  renewals.stop();
  site.pass(Millis(1));
}

}  // namespace
}  // namespace leafgate::confirms_leaves_test

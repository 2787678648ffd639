// What is foretold of leaves whose keys, or whose key for the hub, are held and cannot be opened.
#include <gtest/gtest.h>

#include "tests/unit/flows/what_if_case.hpp"

namespace leafgate::what_if_secrets_test {
namespace {

using std::chrono::days;
using what_if_case::Case;
using what_if_case::on_day;

TEST(WithoutUplink, says_of_what_cannot_be_opened_what_decide_would_say) {
  struct Row {
    const char* what;
    std::function<void(Case&)> change;
    bool answered;
    Reason reason;
  };
  const std::vector<Row> table{
      {"secrets locked", [](Case& c) { c.secrets = Secrets::locked; }, false, Reason::trust_pending},
      {"secrets locked, by a group",
       [](Case& c) {
         c.by_group();
         c.secrets = Secrets::locked;
       },
       false, Reason::trust_pending},
      {"secrets locked, beyond trust, served",
       [](Case& c) {
         c.powered += days(31);
         c.policy.beyond = BeyondPolicy::serve;
         c.secrets = Secrets::locked;
       },
       false, Reason::trust_pending},
      {"secrets locked, told ahead",
       [](Case& c) {
         c.registration.assignment->provisional = true;
         c.secrets = Secrets::locked;
       },
       false, Reason::trust_pending},
      {"secrets locked, never assigned, one hub possible",
       [](Case& c) {
         c.registration.assignment.reset();
         c.one_hub();
         c.secrets = Secrets::locked;
       },
       false, Reason::trust_pending},
      {"secrets locked, and no clock, and it is wanted",
       [](Case& c) {
         c.now.quality = ClockQuality::unsynced;
         c.policy.untrusted_clock = UntrustedClockPolicy::refuse;
         c.secrets = Secrets::locked;
       },
       false, Reason::trust_pending},
      {"secrets locked, and its enrollment disabled",
       [](Case& c) {
         c.individual->enabled = false;
         c.secrets = Secrets::locked;
       },
       false, Reason::enrollment_disabled},
      {"secrets locked, and its group disabled",
       [](Case& c) {
         c.by_group();
         c.groups.front().enabled = false;
         c.secrets = Secrets::locked;
       },
       false, Reason::trust_pending},
      {"sealed by what is not here", [](Case& c) { c.secrets = Secrets::lost; }, false,
       Reason::enrollment_without_key},
      {"by a TPM", [](Case& c) { c.by_tpm(); }, true, Reason::answered_from_cache},
      {"by a TPM, secrets locked",
       [](Case& c) {
         c.by_tpm();
         c.secrets = Secrets::locked;
       },
       false, Reason::needs_service},
      {"by a TPM, the key for its hub sealed by what is not here",
       [](Case& c) {
         c.by_tpm();
         c.secrets = Secrets::lost;
       },
       false, Reason::needs_service},
      {"by a certificate, which needs no secret",
       [](Case& c) {
         c.by_certificate(EnrollmentKind::group, ProofEnds{on_day(3), on_day(5)});
       },
       true, Reason::answered_from_cache},
  };
  for (const Row& row : table) {
    Case c;
    row.change(c);
    EXPECT_EQ(is_answered(c.decision()), row.answered) << row.what;
    EXPECT_EQ(code(c.decision().reason), code(row.reason)) << row.what;
  }
}

}  // namespace
}  // namespace leafgate::what_if_secrets_test

// Disable, delete, deny and take it back while the service is away and while it is there: what a leaf with a
// TPM hears, and whether its TPM is challenged for it; and its hub when all is well again (semantics §3).
#include <gtest/gtest.h>

#include "tests/unit/flows/deny_site.hpp"
#include "tests/unit/flows/tpm_site.hpp"
#include "tests/unit/outage/standing_table.hpp"

namespace leafgate::standing_table_tpm_test {
namespace {

using std::chrono::minutes;

struct Row {
  bool known;  // assigned before the operator acts
  Act act;
  bool up;  // while it acts and the leaf comes
  Hears hears;
  bool is_challenged;  // by the gateway or the service: what its TPM holds for its hub is lost by that
};

using enum Hears;

const Row rows[] = {
    {true, Act::nothing, false, its_hub, true},       {true, Act::disable, false, disabled, false},
    {true, Act::remove, false, refused, false},       {true, Act::reenable, false, its_hub, true},
    {true, Act::deny, false, refused, false},         {true, Act::lift, false, its_hub, true},
    {true, Act::nothing, true, its_hub, true},        {true, Act::disable, true, disabled, false},
    {true, Act::remove, true, refused, false},        {true, Act::reenable, true, its_hub, true},
    {true, Act::deny, true, refused, false},          {true, Act::lift, true, its_hub, true},
    {false, Act::nothing, false, unavailable, false}, {false, Act::disable, false, disabled, false},
    {false, Act::remove, false, refused, false},      {false, Act::reenable, false, unavailable, false},
    {false, Act::deny, false, refused, false},        {false, Act::lift, false, unavailable, false},
    {false, Act::nothing, true, its_hub, true},       {false, Act::disable, true, disabled, false},
    {false, Act::remove, true, refused, false},       {false, Act::reenable, true, its_hub, true},
    {false, Act::deny, true, refused, false},         {false, Act::lift, true, its_hub, true},
};

std::string name(const Row& row, DenyKind by) {
  constexpr std::array<const char*, 6> act{
      "nothing", "disabled", "removed", "disabled and enabled again", "denied", "denied and let in again"};
  return std::string(row.known ? "known, " : "unseen, ") + act.at(static_cast<std::size_t>(row.act)) +
         (by == DenyKind::endorsement_key ? " by its key" : " by its id") +
         (row.up ? ", service there" : ", service away");
}

class StandingTableOfTpms : public TpmSite {
 protected:
  DenyDeskAt deny_{site};

  [[nodiscard]] Denial denial(DenyKind by) const {
    const std::string key = read_tpm_keys(tpm.keys())->endorsement.digest;
    return DenyDeskAt::entry(by, by == DenyKind::endorsement_key ? key : ascii_lower(id));
  }
  void act(Act what, DenyKind by) {
    if (what == Act::disable || what == Act::reenable) enroll(tpm, id, false);
    if (what == Act::reenable) enroll(tpm, id, true);
    if (what == Act::deny || what == Act::lift) {
      ASSERT_TRUE(deny_.deny(denial(by)));
    }
    if (what == Act::lift) {
      ASSERT_TRUE(deny_.lift(denial(by)));
    }
    if (what != Act::remove) return;
    auto gone = site.enrollments.remove(EnrollmentKind::individual, ascii_lower(id));
    ASSERT_TRUE(site.simulator.run(std::move(gone)).value());
    site.running->ledger.enrollments_changed();
  }
  void take_back(Act what, DenyKind by) {
    if (what == Act::disable || what == Act::remove) enroll(tpm);
    if (what == Act::deny) {
      ASSERT_TRUE(deny_.lift(denial(by)));
    }
  }
  void set_service(bool up) {
    site.service.up = up;
    site.running->forwarder.doubt();
    site.simulator.run_for(minutes(20));
    ASSERT_EQ(site.running->forwarder.state().up, up);
  }
  Hears comes() {
    const Answer end = at_its_end(provision(), [&](const OperationId& operation) {
      Attempt poll = attempt();
      poll.operation = operation;
      return site.admit(std::move(poll));
    });
    return heard(end);
  }
};

TEST_F(StandingTableOfTpms, OfALeafWithATpm) {
  for (const DenyKind by : {DenyKind::endorsement_key, DenyKind::registration_id}) {
    for (const Row& row : rows) {
      const bool denies = row.act == Act::deny || row.act == Act::lift;
      if (by == DenyKind::registration_id && !denies) continue;
      SCOPED_TRACE(name(row, by));
      site.registrations.records.clear();
      site.service.up = true;
      deny_.restart();
      enroll(tpm);
      if (row.known) {
        ASSERT_EQ(provision().status, 200);
      }
      set_service(row.up);
      act(row.act, by);
      EXPECT_EQ(!ask().authentication_key.empty(), row.is_challenged);
      EXPECT_STREQ(text(comes()), text(row.hears));
      take_back(row.act, by);
      set_service(true);
      EXPECT_STREQ(text(comes()), text(its_hub));
    }
  }
}

}  // namespace
}  // namespace leafgate::standing_table_tpm_test

#include "gateway/flows/line_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/flows/events.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_audit_log.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_lines.hpp"

namespace leafgate::line_desk_test {
namespace {

using testing::HasSubstr;

// Knows nothing of leaves: only by what they know the gateway.
class KeyOnly : public LinkVouchers {
 public:
  FailSwitch fail;
  Task<Voucher> voucher_for(RegistrationId /*id*/, Mechanism /*mechanism*/, std::string /*way*/) override {
    co_return Voucher();
  }
  void unanswered(const RegistrationId& /*id*/, const std::string& /*way*/) override {}
  Task<Result<Bytes>> public_key() override {
    if (auto error = fail.next()) co_return *error;
    co_return Bytes(64, 0x07);
  }
};

struct LineDeskTest : testing::Test {
  Simulator sim{1};
  FakeLines lines;
  KeyOnly vouchers;
  FakeAuditLog log;
  FakeClock clock;
  Events events;
  LineDesk desk{sim.executor(), {lines, vouchers, Audited(log, clock, events)}};

  static Actor anna() {
    Actor who;
    who.uid = 1000;
    who.pid = 77;
    who.user = "anna";
    who.because = "firmware of the press";
    return who;
  }
  Result<void> release(const std::string& name) { return sim.run(desk.release_line(name, anna())); }
  Result<void> claim(const std::string& name) { return sim.run(desk.claim_line(name, anna())); }
};

TEST_F(LineDeskTest, tells_lines_broker_and_key_as_they_are_now) {
  FakeLines::add_leaf(lines.add("line1"), "press-01");
  lines.site_broker.emplace().uri = "mqtts://broker.site";
  const LineReport report = sim.run(desk.line_report());
  ASSERT_EQ(report.lines.size(), 1U);
  EXPECT_EQ(report.lines[0].leaves[0].registration_id, "press-01");
  EXPECT_EQ(report.broker->uri, "mqtts://broker.site");
  EXPECT_EQ(sim.run(desk.link_key()).value(), Bytes(64, 0x07));
  vouchers.fail.fail_all(Error(Errc::throttled, "the store's secrets are locked"));
  EXPECT_EQ(sim.run(desk.link_key()).error().code, Errc::throttled);
}

TEST_F(LineDeskTest, who_releases_and_claims_a_line_stands_in_the_audit_log) {
  lines.add("line1");
  EXPECT_TRUE(release("line1"));
  EXPECT_EQ(lines.all[0].state, LineState::released);
  EXPECT_TRUE(claim("line1"));
  EXPECT_EQ(lines.all[0].state, LineState::working);
  ASSERT_EQ(log.entries.size(), 2U);
  const AuditEntry& first = log.entries[0];
  EXPECT_EQ(first.what, "line release");
  EXPECT_EQ(first.object, "line1");
  EXPECT_EQ(first.outcome, "done");
  EXPECT_EQ(first.actor.uid, 1000);
  EXPECT_EQ(first.actor.pid, 77);
  EXPECT_EQ(first.actor.because, "firmware of the press");
  EXPECT_EQ(log.entries[1].what, "line claim");
}

TEST_F(LineDeskTest, refusals_say_which_line_and_which_there_are) {
  lines.add("line1");
  lines.add("line2");
  const auto unknown = release("line3");
  EXPECT_EQ(unknown.error().code, Errc::not_found);
  EXPECT_EQ(unknown.error().detail, "no serial line has the name line3; there is line1, line2");
  const auto not_released = claim("line1");
  EXPECT_EQ(not_released.error().code, Errc::conflict);
  EXPECT_EQ(not_released.error().detail, "line1: not released");
  EXPECT_EQ(log.entries.back().outcome, "line1: not released");
  lines.all.clear();
  EXPECT_THAT(release("line1").error().detail, HasSubstr("none is configured"));
}

TEST_F(LineDeskTest, what_cannot_be_written_into_the_audit_log_is_not_done) {
  lines.add("line1");
  log.fail.fail_all(Error(Errc::store_full, "no room"));
  EXPECT_EQ(release("line1").error().code, Errc::store_full);
  EXPECT_EQ(lines.all[0].state, LineState::working);
}

}  // namespace
}  // namespace leafgate::line_desk_test

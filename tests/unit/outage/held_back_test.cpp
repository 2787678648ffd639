// What engineers are told to do about a promise that does not go though the service is there.
#include <gtest/gtest.h>

#include "gateway/flows/outage_desk.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate::held_back_test {
namespace {

using std::chrono::minutes;

TEST(HeldBack, IsWhatTheQueueSaysOfIt) {
  DeskSite site;
  OutageDesk::Ports ports{
      site.enrollments,     site.registrations,          site.running->ledger,
      site.desk().census(), site.registrations.outcomes, Audited(site.audit_log, site.clock, site.events)};
  ports.forwarder = &site.running->forwarder;
  OutageDesk desk(site.simulator.executor(), std::move(ports));
  const auto next = [&] {
    const auto promise = site.simulator.run(desk.promise(DeskSite::id("pump-1"))).value();
    const OutcomePage page = site.simulator.run(desk.outcomes(PromiseFilter())).value();
    EXPECT_EQ(code(page.rows.at(0).held_back), code(promise->held_back));
    return std::string(next_action(*promise, site.running->forwarder.state().up));
  };
  site.service.up = false;
  site.running->forwarder.doubt();
  site.simulator.run_for(minutes(1));
  site.enroll("pump-1");
  (void)site.register_leaf("pump-1");
  EXPECT_EQ(next(), "bring the uplink back");
  site.service.refuse_ids = {"pump-1"};
  site.service.up = true;
  site.simulator.run_for(minutes(5));
  ASSERT_TRUE(site.running->forwarder.state().up);
  EXPECT_EQ(next(), row(Reason::service_verdict_unconfirmed).next_action);
}

}  // namespace
}  // namespace leafgate::held_back_test

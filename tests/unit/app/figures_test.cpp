#include "gateway/app/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_service_directory.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {
namespace {

using testing::HasSubstr;

TEST(Figures, tell_what_is_learnt_of_leaves_that_passed) {
  Site site;
  FakeServiceDirectory directory;
  Findings findings(site.running->ports);
  Learner learner(
      site.simulator.executor(),
      {directory, findings, site.running->forwarder, site.running->meter, site.clock, site.running->passes},
      60, {});
  PassedSession session;
  session.claimed_id = "pump-1";
  session.answered = true;
  learner.passed(session);
  Metrics metrics;
  set_figures(metrics, learner);
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_learner_waiting 1\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_learnt_total 0\n"));
}

TEST(Figures, tell_how_many_were_sent_through) {
  Site site;
  Metrics metrics;
  set_figures(metrics, site.running->admission, site.running->forwarder, site.clock);
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_sent_through_total 0\n"));
}

TEST(Figures, tell_how_many_tunnels_are_open) {
  tunnel::Counts counts;
  counts.open = 7;
  counts.no_room = 2;
  Metrics metrics;
  set_figures(metrics, counts);
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_tunnels 7\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_not_passed_total{why=\"no-room\"} 2\n"));
}

}  // namespace
}  // namespace leafgate

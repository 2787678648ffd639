#include "gateway/app/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_lines.hpp"
#include "tests/fakes/fake_service_directory.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::figures_test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Figures, tell_what_is_learnt_of_leaves_that_passed) {
  Site site;
  FakeServiceDirectory directory;
  Findings findings(site.running->ports);
  ApiPace pace(60);
  Learner learner(site.simulator.executor(),
                  {directory, findings, site.running->forwarder, site.running->meter, site.clock,
                   site.running->passes, pace},
                  {});
  PassedSession session;
  session.claimed_id = "pump-1";
  session.answered = true;
  learner.passed(session);
  Metrics metrics;
  set_figures(metrics, learner);
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_learner_waiting 1\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_learner_given_up_total 0\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_learnt_total 0\n"));
}

TEST(Figures, tell_every_state_also_with_nobody_in_it) {
  Site site;
  Metrics metrics;
  LeafCounts leaves;
  leaves.by_status[RegistrationStatus::failed] = 2;
  set_figures(metrics, leaves, site.running->forwarder.operations());
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_leaves{status=\"failed\"} 2\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_leaves{status=\"assigned\"} 0\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_queue{state=\"in-flight\"} 0\n"));
}

TEST(Figures, tell_what_came_of_promises) {
  Metrics metrics;
  PromiseCounts promises;
  promises.by_state.at(static_cast<std::size_t>(PromiseState::queued)) = 6;
  promises.untold = 2;
  set_figures(metrics, promises);
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_outcomes{state=\"queued\"} 6\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_outcomes{state=\"confirmed\"} 0\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_outcomes_untold 2\n"));
}

TEST(Figures, tell_whom_there_is_no_certificate_for) {
  struct Row {
    TurnedAway whom;
    const char* all;
    const char* others;
  };
  Metrics metrics;  // of one gateway, one after the other
  for (const Row& row : {Row{TurnedAway::all, "1", "0"}, Row{TurnedAway::others, "0", "1"},
                         Row{TurnedAway::nobody, "0", "0"}}) {
    set_figures(metrics, row.whom);
    const std::string name = "leafgate_certificate_missing{whom=";
    EXPECT_THAT(metrics.render(), HasSubstr(name + "\"all\"} " + row.all + "\n"));
    EXPECT_THAT(metrics.render(), HasSubstr(name + "\"others\"} " + row.others + "\n"));
  }
}

TEST(Figures, tell_how_old_the_list_is_and_what_is_left_of_it) {
  SyncReport report;
  report.keys_left = 7;
  report.completed = WallTime(Seconds(1'000));
  Metrics metrics;
  set_figures(metrics, report, WallTime(Seconds(1'090)));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_sync_keys_left 7\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_sync_age_seconds 90\n"));
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

TEST(Figures, tell_how_lines_and_broker_are) {
  FakeLines lines;
  LineFacts& line = lines.add("line1");
  FakeLines::add_leaf(line, "press-01");
  line.frames_sent = 12;
  line.frames_bad = 2;
  line.retries = 3;
  line.leaves_lost = 1;
  Metrics metrics;
  set_figures(metrics, lines);
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("leafgate_line_frames_total{line=\"line1\",kind=\"sent\"} 12\n"));
  EXPECT_THAT(text, HasSubstr("leafgate_line_frames_total{line=\"line1\",kind=\"bad\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("leafgate_line_retries_total{line=\"line1\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("leafgate_line_leaves_lost_total{line=\"line1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("leafgate_line_leaves{line=\"line1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("leafgate_line_state{line=\"line1\",state=\"working\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("leafgate_line_last_good_seconds{line=\"line1\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("leafgate_broker"))) << "none is named";

  BrokerFacts& broker = lines.site_broker.emplace();
  broker.connected = true;
  broker.messages_dropped = 5;
  broker.reconnects = 6;
  set_figures(metrics, lines);
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_broker_connected 1\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_broker_messages_total{kind=\"dropped\"} 5\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_broker_reconnects_total 6\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("leafgate_broker_other_gateway 0\n"));
}

TEST(Figures, of_a_line_that_has_changed_the_former_state_is_gone) {
  FakeLines lines;
  FakeLines::add_leaf(lines.add("line1"), "press-01");
  Metrics metrics;
  set_figures(metrics, lines);
  lines.all[0].state = LineState::babbling;
  lines.all[0].last_good.reset();
  set_figures(metrics, lines);
  EXPECT_THAT(metrics.render(), HasSubstr("state=\"babbling\"} 1\n"));
  EXPECT_THAT(metrics.render(), Not(HasSubstr("state=\"working\"")));
  EXPECT_THAT(metrics.render(), Not(HasSubstr("leafgate_line_last_good_seconds{")));
}

}  // namespace
}  // namespace leafgate::figures_test

#include "gateway/ctl/outage_verbs.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "tests/fakes/fake_outage_operator.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::outage_verbs_test {
namespace {

using example::now;

using std::chrono::days;
using testing::HasSubstr;
using testing::Not;

struct OutageVerbsTest : VerbsTest {
  FakeOutageOperator outages;

  OutageVerbsTest() {
    status::RoutesPorts ports{desk, metrics, loop.executor()};
    ports.outages = &outages;
    routes_here_.emplace(ports, getegid());
  }
  void SetUp() override {
    endpoint = std::make_unique<status::Endpoint>(loop.executor(), *net::listen_unix(path), *routes_here_);
    spawn(loop.executor(), endpoint->run());
    loop.start();
  }
  int what_if(const std::string& span) {
    WhatIfAsked asked;
    asked.span = span;
    return show_what_if(session(), asked);
  }
  int outcomes(const std::string& state = {}, const std::string& file = {}) {
    OutcomesAsked asked;
    asked.state = state;
    asked.file = file;
    return show_outcomes(session(), asked);
  }

  // However its lines were broken.
  static std::string one_line(const std::string& text) {
    std::string out;
    for (const char c : text) {
      const bool blank = c == ' ' || c == '\n';
      if (!blank || (!out.empty() && out.back() != ' ')) out.push_back(blank ? ' ' : c);
    }
    return out;
  }

 private:
  std::optional<status::Routes> routes_here_;
};

TEST_F(OutageVerbsTest, what_if_says_how_many_for_how_long_and_why_not_the_others) {
  outages.forecast.all = 1200;
  outages.forecast.answered = 900;
  NotAnswered why;
  why.reason = Reason::beyond_trust_queued;
  why.count = 300;
  why.first = {"pump-1", "pump-2"};
  outages.forecast.not_answered.push_back(why);
  for (int day = 0; day <= 21; ++day)
    outages.forecast.timeline.push_back({days(day), day < 10 ? 1200U : 900U});
  outages.forecast.next_id = "pump-1";
  outages.forecast.next_after = days(10);
  EXPECT_EQ(what_if("21d"), Exit::yes) << err.str();
  EXPECT_THAT(out.str(),
              HasSubstr("If the uplink went now and stayed away for 21 days,\n900 of 1200 leaves"));
  EXPECT_THAT(out.str(), HasSubstr("The next to drop out is pump-1, in 10 days."));
  EXPECT_THAT(out.str(), HasSubstr("now        ######"));
  EXPECT_THAT(out.str(), HasSubstr("21 days    ##############################.......... 900"));
  EXPECT_THAT(out.str(), HasSubstr("300 leaves: beyond-trust-queued"));
  EXPECT_THAT(out.str(), HasSubstr("pump-1, pump-2, ..."));
  EXPECT_THAT(out.str(), HasSubstr("next: leafgatectl refresh ID, or set offline.beyond"));
  expect_80_columns();
  outages.link.up = false;
  out.str("");
  EXPECT_EQ(what_if("21d"), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("next: bring the uplink back"));
}

TEST_F(OutageVerbsTest, what_if_names_the_certificates_that_end) {
  const WallTime end(Seconds(1'796'000'000));  // 2026-11-30T00:53:20Z
  outages.forecast.all = 40;
  outages.forecast.answered = 27;
  NotAnswered own;
  own.reason = Reason::leaf_certificate_expired;
  own.count = 8;
  own.first = {"x-1"};
  own.ended = NotAnswered::Ended{WhoseEnd::own, "", end, end + days(9)};
  NotAnswered by_ca = own;
  by_ca.count = 5;
  by_ca.ended = NotAnswered::Ended{WhoseEnd::authority, "group plant", end, end};
  outages.forecast.not_answered = {own, by_ca};
  outages.forecast.next_id = "x-1";
  outages.forecast.next_after = days(3);
  outages.forecast.next_reason = Reason::leaf_certificate_expired;
  ProofEnd next;
  next.at = end;
  outages.forecast.next_ends = next;
  outages.forecast.end_unknown = 2;
  outages.forecast.end_unknown_first = {"x-7", "x-9"};
  outages.forecast.gateway_ends = {{"/etc/leafgate/tls/gateway.pem", "", days(12)},
                                   {"/etc/leafgate/tls/line.pem", "line.example", Millis(0)}};
  EXPECT_EQ(what_if("21d"), Exit::yes) << err.str();
  const std::string text = one_line(out.str());
  EXPECT_THAT(text, testing::StartsWith("The gateway's own certificate /etc/leafgate/tls/gateway.pem ends in "
                                        "12 days: from then on no leaf will trust this gateway"));
  EXPECT_THAT(text, HasSubstr("line.pem has ended: from then on no leaf that asks for line.example"));
  EXPECT_THAT(text,
              HasSubstr("For 2 of them that holds only if their certificates last so long: when those end"));
  EXPECT_THAT(text, HasSubstr("(x-7, x-9)"));
  EXPECT_THAT(text, HasSubstr("The next to drop out is x-1, in 3 days: its own certificate, or one between "
                              "that and its CA, ends at 2026-11-30T00:53:20Z. Renewed before, it stays."));
  EXPECT_THAT(text, HasSubstr("8 leaves: leaf-certificate-expired"));
  EXPECT_THAT(text, HasSubstr("end between 2026-11-30T00:53:20Z and 2026-12-09T00:53:20Z"));
  EXPECT_THAT(text, HasSubstr("the CA that is enrolled for group plant ends at 2026-11-30T00:53:20Z"));
  EXPECT_THAT(text, HasSubstr("next: renew the certificate named beside it"));
  expect_80_columns();
}

TEST_F(OutageVerbsTest, what_if_says_first_whom_the_gateway_has_no_certificate_for) {
  outages.forecast.all = 3;
  outages.forecast.answered = 3;
  for (const TurnedAway who : {TurnedAway::all, TurnedAway::others}) {
    outages.forecast.turned_away = who;
    out.str("");
    EXPECT_EQ(what_if(""), Exit::yes);
    const std::string text = one_line(out.str());
    EXPECT_THAT(text, testing::StartsWith("The gateway has no certificate to show: leaves that come by TLS "
                                          "are turned away now, "));
    EXPECT_EQ(text.find("but for those that ask for a name") != std::string::npos, who == TurnedAway::others);
    EXPECT_THAT(text, HasSubstr("3 of 3 leaves would be answered."));
    expect_80_columns();
  }
  outages.forecast.all = 0;
  out.str("");
  EXPECT_EQ(what_if(""), Exit::yes);
  EXPECT_THAT(out.str(), testing::StartsWith("The gateway has no certificate to show"));
}

TEST_F(OutageVerbsTest, what_if_without_a_span_is_about_now) {
  outages.forecast.all = 3;
  outages.forecast.answered = 3;
  EXPECT_EQ(what_if(""), Exit::yes);
  EXPECT_EQ(out.str(), "If the uplink went now, 3 of 3 leaves would be answered.\n");
  EXPECT_EQ(what_if("soon"), Exit::usage);
  EXPECT_THAT(err.str(), HasSubstr("--for takes a span like 30m or 30d"));
  EXPECT_EQ(what_if("1000000d"), Exit::usage);
  EXPECT_THAT(err.str(), HasSubstr("--for takes at most 100 years"));
}

TEST_F(OutageVerbsTest, what_if_the_uplink_is_down_already_says_what_is_and_what_comes) {
  outages.forecast.all = 3;
  outages.forecast.answered = 2;
  outages.link = {false, Reason::service_unreachable, now - std::chrono::hours(3)};
  EXPECT_EQ(what_if(""), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("The uplink has been down for 3 h (service-unreachable).\n"
                                   "2 of 3 leaves are answered meanwhile."));
  out.str("");
  EXPECT_EQ(what_if("21d"), Exit::yes);
  EXPECT_THAT(out.str(),
              HasSubstr("If it stays down for 21 days more,\n2 of 3 leaves will still be answered."));
  EXPECT_THAT(out.str(), Not(HasSubstr("went")));
  expect_80_columns();
}

TEST_F(OutageVerbsTest, explain_says_of_a_leaf_what_is_while_the_uplink_is_down) {
  struct Row {
    bool up, answered;
    std::string says;
  };
  const std::vector<Row> rows = {
      {true, true, "If the uplink went now it would be answered for 12 days."},
      {true, false,
       "If the uplink went now it would not be answered: " +
           std::string(row(Reason::beyond_trust_queued).text)},
      {false, true,
       "The uplink has been down for 3 h (service-unreachable). It is answered meanwhile, and for 12 days "
       "more if the "
       "uplink stays down."},
      {false, false,
       "The uplink has been down for 3 h (service-unreachable). It is not answered while it is: " +
           std::string(row(Reason::beyond_trust_queued).text)}};
  for (const Row& each : rows) {
    Explanation& told = leaf("pump-1", RegistrationStatus::assigned, Reason::assigned_by_service);
    told.device.offline = each.answered;
    told.device.trust_left.reset();
    if (each.answered) told.device.trust_left = days(12);
    told.without_uplink = each.answered ? Reason::answered_stale_service_down : Reason::beyond_trust_queued;
    outages.link = {each.up, each.up ? Reason::none : Reason::service_unreachable,
                    now - std::chrono::hours(3)};
    out.str("");
    EXPECT_EQ(explain(session(), "pump-1"), Exit::yes) << err.str();
    EXPECT_THAT(one_line(out.str()), HasSubstr(each.says));
    expect_80_columns();
  }
}

TEST_F(OutageVerbsTest, explain_does_not_say_of_a_leaf_that_has_yet_to_come_that_it_waits) {
  Explanation& told = leaf("pump-1", RegistrationStatus::unassigned, Reason::wrong_key);
  told.without_uplink = Reason::queued_offline;
  for (const bool up : {true, false}) {
    outages.link.up = up;
    out.str("");
    EXPECT_EQ(explain(session(), "pump-1"), Exit::yes) << err.str();
    EXPECT_THAT(one_line(out.str()), HasSubstr("If it comes with a good proof: accepted and stored;"));
  }
  told.queued.emplace();
  out.str("");
  EXPECT_EQ(explain(session(), "pump-1"), Exit::yes) << err.str();
  EXPECT_THAT(one_line(out.str()), HasSubstr("It is not answered while it is: accepted and stored;"));
  expect_80_columns();
}

TEST_F(OutageVerbsTest, outcomes_tell_what_to_do_about_each) {
  outages.put("pump-1", PromiseState::queued, PromiseState::confirmed, Reason::assigned_by_service);
  outages.put("pump-2", PromiseState::needs_the_leaf, PromiseState::needs_the_leaf, Reason::needs_the_leaf);
  outages.put("pump-3", PromiseState::queued, PromiseState::refused, Reason::service_disabled);
  outages.put("pump-4", PromiseState::queued, PromiseState::refused, Reason::service_refused);
  outages.all_counts.untold = 1;
  Outage outage;
  outage.id = 3;
  outage.begun = now - days(2);
  outage.ended = now - days(1);
  outage.made = {2, 0, 1};
  outage.came_to.at(static_cast<std::size_t>(PromiseState::refused)) = 1;
  outages.all_outages.push_back(outage);
  outages.link.up = false;
  EXPECT_EQ(outcomes(), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("1 needs-the-leaf, 1 confirmed, 2 refused"));
  EXPECT_THAT(out.str(), HasSubstr("1 leaf has yet to hear"));
  EXPECT_THAT(out.str(), HasSubstr("promised 2 queued, 1 needs-the-leaf;"));
  EXPECT_THAT(out.str(), HasSubstr("  2027-01-13T08:00Z to 2027-01-14T08:00Z: "));
  EXPECT_THAT(out.str(), HasSubstr("came to 1 refused"));
  EXPECT_THAT(out.str(), HasSubstr("next: power-cycle it once the uplink is back"));
  EXPECT_THAT(out.str(), HasSubstr("next: enable it there"));
  EXPECT_THAT(one_line(out.str()), HasSubstr("the service's words: leafgatectl explain ID"));
  expect_80_columns();
  out.str("");
  EXPECT_EQ(outcomes("refused"), Exit::yes);
  EXPECT_THAT(out.str(), Not(HasSubstr("pump-2")));
  EXPECT_EQ(outcomes("conflict"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("\nnone is conflict\n"));
}

TEST_F(OutageVerbsTest, nobody_is_sent_to_an_uplink_that_is_there) {
  for (const auto state : {PromiseState::queued, PromiseState::provisional, PromiseState::needs_the_leaf})
    outages.put("pump-" + std::string(code(state)), state, state, Reason::queued_offline);
  leaf("pump-queued", RegistrationStatus::assigning, Reason::queued_offline);
  QueueRow waits;
  waits.registration_id = "pump-queued";
  waits.reason = Reason::queued_offline;
  desk.waiting.rows = {waits};
  for (const bool up : {true, false}) {
    outages.link.up = up;
    out.str("");
    EXPECT_EQ(outcomes(), Exit::yes) << err.str();
    EXPECT_EQ(explain(session(), "pump-queued"), Exit::yes) << err.str();
    json = true;
    EXPECT_EQ(show_devices(session(), {}), Exit::yes) << err.str();
    EXPECT_EQ(show_queue(session()), Exit::yes) << err.str();
    json = false;
    const std::string text = one_line(out.str());
    EXPECT_EQ(text.find("uplink back") == std::string::npos, up) << text;
    EXPECT_EQ(text.find("uplink is back") == std::string::npos, up) << text;
  }
}

TEST_F(OutageVerbsTest, an_outage_that_the_clock_did_not_see_is_as_long_as_the_hours_meter_says) {
  Outage outage;
  outage.begun = now - days(9'000);
  outage.untimed = true;
  outages.all_outages.push_back(outage);
  EXPECT_EQ(outcomes(), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("since a time that is not known: nothing was promised"));
  outages.all_outages.front().ended = now;
  outages.all_outages.front().powered_for = std::chrono::hours(5);
  out.str("");
  EXPECT_EQ(outcomes(), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("by the hours meter)"));
  expect_80_columns();
}

TEST_F(OutageVerbsTest, outcomes_are_exported_as_csv) {
  Promise& moved =
      outages.put("pump-2", PromiseState::provisional, PromiseState::rehomed, Reason::assigned_elsewhere);
  moved.hub = "hub1.example";
  moved.settled_hub = "hub2.example";
  const std::string file = folder.path() + "/outcomes.csv";
  EXPECT_EQ(outcomes({}, file), Exit::yes) << err.str();
  EXPECT_EQ(out.str(), "wrote 1 outcome\n");
  std::ifstream in(file);
  std::string head;
  std::string line;
  std::getline(in, head);
  std::getline(in, line);
  EXPECT_THAT(head, HasSubstr("registrationId,promised,state,reason"));
  EXPECT_THAT(line, HasSubstr(R"("pump-2","provisional","re-homed","assigned-elsewhere","hub1.example")"));
  out.str("");
  EXPECT_EQ(outcomes({}, "-"), Exit::yes) << err.str();
  EXPECT_EQ(out.str(), head + "\n" + line + "\n");
}

TEST_F(OutageVerbsTest, csv_holds_nothing_that_a_sheet_would_run) {
  const auto document = Document::parse(R"({"registrationId": "=1+1", "promised": "a\"b"})");
  EXPECT_THAT(outcome_csv(document->root()), HasSubstr(R"("'=1+1","a""b")"));
}

TEST_F(OutageVerbsTest, outcomes_are_cleared_with_a_reason_for_the_audit_log) {
  outages.put("pump-1", PromiseState::queued, PromiseState::confirmed, Reason::assigned_by_service);
  EXPECT_EQ(clear_outcomes(session(), ""), Exit::yes) << err.str();
  EXPECT_EQ(out.str(), "cleared 1 outcome\n");
  EXPECT_EQ(outages.who.front().because, "a test");
}

TEST_F(OutageVerbsTest, explain_tells_what_a_leaf_was_promised) {
  leaf("pump-2", RegistrationStatus::unassigned, Reason::needs_the_leaf);
  outages.put("pump-2", PromiseState::needs_the_leaf, PromiseState::needs_the_leaf, Reason::needs_the_leaf);
  outages.link.up = false;
  EXPECT_EQ(explain(session(), "pump-2"), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("it was promised: needs-the-leaf"));
  EXPECT_THAT(out.str(), HasSubstr("power-cycle it once the uplink is back"));
  expect_80_columns();
}

}  // namespace
}  // namespace leafgate::ctl::outage_verbs_test

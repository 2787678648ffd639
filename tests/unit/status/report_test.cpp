#include "adapters/status/report.hpp"

#include <gmock/gmock.h>

#include "adapters/status/report_parts.hpp"

namespace leafgate::status::report_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const WallTime now{1'800'000'000'000ms};

ReportFacts site() {
  ReportFacts facts;
  facts.made_at = now;
  facts.status.name = "gw12";
  facts.status.site = "plant-3";
  facts.status.labels = {{"line", "A"}};
  facts.status.id_scope = "0ne00ABCDEF";
  facts.status.clock = "synced";
  facts.status.offline_ready = 412;
  facts.status.offline_not_ready = 8;
  facts.status.service_up = true;
  return facts;
}

DeviceRow leaf(const std::string& id, RegistrationStatus status, bool offline) {
  DeviceRow out;
  out.registration_id = id;
  out.status = status;
  out.offline = offline;
  out.reason = Reason::wrong_key;
  out.last_seen = now - 3min;
  return out;
}

std::string page_of(const ReportFacts& facts, const std::vector<DeviceRow>& rows = {}) {
  LeafTable table(facts.labels);
  for (const DeviceRow& row : rows) table.add(row);
  return report_page(facts, table);
}

TEST(Report, says_first_what_matters) {
  struct Row {
    std::size_t ready;
    std::size_t not_ready;
    bool up;
    const char* sentence;
  };
  for (const Row& row : std::initializer_list<Row>{
           {412, 8, true, "412 of 420 leaves would be answered if the uplink went now."},
           {1, 0, true, "1 of 1 leaf would be answered if the uplink went now."},
           {0, 0, true, "No leaf is known here yet."},
           {11'999, 1, false, "11,999 of 12,000 leaves are answered while the uplink is down."}}) {
    ReportFacts facts = site();
    facts.status.offline_ready = row.ready;
    facts.status.offline_not_ready = row.not_ready;
    facts.status.service_up = row.up;
    EXPECT_EQ(readiness_sentence(facts.status), row.sentence);
    EXPECT_THAT(page_of(facts), HasSubstr(row.sentence));
  }
}

TEST(Report, says_before_that_whom_the_gateway_has_no_certificate_for) {
  ReportFacts facts = site();
  EXPECT_THAT(page_of(facts), Not(HasSubstr("turned away now")));
  for (const TurnedAway who : {TurnedAway::all, TurnedAway::others}) {
    facts.turned_away = who;
    const std::string page = page_of(facts);
    const std::size_t first = page.find("Leaves that come by TLS are turned away now");
    ASSERT_NE(first, std::string::npos);
    EXPECT_LT(first, page.find("412 of 420 leaves"));
    EXPECT_EQ(page.find("but for names with a certificate of their own") != std::string::npos,
              who == TurnedAway::others);
  }
}

TEST(Report, says_of_each_leaf_what_is_while_the_uplink_is_down) {
  ReportFacts facts = site();
  const std::vector<DeviceRow> rows = {leaf("press-01", RegistrationStatus::assigned, true)};
  EXPECT_THAT(page_of(facts, rows), HasSubstr("offline: would be answered if the uplink went now"));
  facts.status.service_up = false;
  EXPECT_THAT(page_of(facts, rows), HasSubstr("offline: are answered while the uplink is down"));
  EXPECT_THAT(page_of(facts, rows), Not(HasSubstr("uplink went now")));
}

TEST(Report, names_the_gateway_the_time_and_what_the_clock_is_worth) {
  const std::string page = page_of(site());
  EXPECT_THAT(page, HasSubstr("<title>gw12, plant-3 "));
  EXPECT_THAT(page, HasSubstr("line=A"));
  EXPECT_THAT(page, HasSubstr("0ne00ABCDEF"));
  EXPECT_THAT(page, HasSubstr(moment_text(now) + "</time> UTC"));
  EXPECT_THAT(page, HasSubstr("<span class=\"s good\">synced</span>"));
}

TEST(Report, tells_each_degraded_mode_with_what_it_means_and_what_to_do) {
  ReportFacts facts = site();
  DegradedMode mode;
  mode.reason = Reason::time_unknown;
  mode.consequence = "tokens cannot be <checked>";
  mode.since = now - 3h;
  facts.status.degraded.push_back(mode);
  const std::string page = page_of(facts);
  EXPECT_THAT(page, HasSubstr("time-unknown"));
  EXPECT_THAT(page, HasSubstr("for 3 h"));
  EXPECT_THAT(page, HasSubstr("tokens cannot be &lt;checked&gt;"));
  EXPECT_THAT(page, HasSubstr("<b>Next:</b> give the gateway a time source"));
}

TEST(Report, needs_nothing_from_elsewhere_and_runs_nothing_but_its_own) {
  const std::string page = page_of(site(), {leaf("a", RegistrationStatus::assigned, true)});
  for (const char* word :
       {"http://", "https://", "src=", "@import", "url(", " style=", " onclick", "<iframe"})
    EXPECT_THAT(page, Not(HasSubstr(word)));
  EXPECT_THAT(report_policy(), HasSubstr("default-src 'none'"));
  EXPECT_THAT(report_policy(), HasSubstr("script-src 'sha256-"));
  EXPECT_THAT(report_policy(), Not(HasSubstr("unsafe")));
}

TEST(Report, asks_for_itself_again_only_when_it_is_live) {
  ReportFacts facts = site();
  EXPECT_THAT(page_of(facts), Not(HasSubstr("http-equiv=refresh")));
  facts.live = true;
  EXPECT_THAT(page_of(facts), HasSubstr("<meta http-equiv=refresh content=30>"));
}

TEST(Report, lists_leaves_with_labels_and_explains_their_reasons_once) {
  ReportFacts facts = site();
  facts.status.registrations = 3;
  facts.labels["press-01"] = "Press <left>";
  const std::string page = page_of(facts, {leaf("Press-01", RegistrationStatus::assigned, true),
                                           leaf("oven-07", RegistrationStatus::failed, false)});
  EXPECT_THAT(page, HasSubstr("<th scope=row class=id>Press-01</th><td>Press &lt;left&gt;</td>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"s bad\">failed</span>"));
  EXPECT_THAT(page, HasSubstr("<td class=w>wrong-key</td><td class=num>2</td><td class=num>1</td>"));
  EXPECT_THAT(page, HasSubstr("And 1 more: <code>leafgatectl devices</code>"));
  EXPECT_THAT(page, HasSubstr("<dt>Leaves assigned</dt><dd class=good>1</dd>"));
}

TEST(Report, lets_nothing_that_others_said_become_markup) {
  const std::string evil = "<script>alert('x')</script>\"\x1b\xe2\x80\xae";
  ReportFacts facts = site();
  facts.status.name = facts.status.site = facts.status.id_scope = facts.status.service = evil;
  facts.status.clock = facts.status.secrets = facts.status.version = evil;
  facts.status.labels = {{evil, evil}};
  facts.status.listening = {evil, "mqtt " + evil};
  facts.status.certificates_left = {{evil, 48h}};
  facts.status.degraded.emplace_back().consequence = evil;
  facts.names.names = {{evil, evil}};
  facts.names.addresses = {evil};
  StrangerRow stranger;
  stranger.address = evil;
  stranger.notes.emplace_back().detail = evil;
  facts.strangers = {stranger};
  AuditEntry entry;
  entry.actor.user = entry.actor.because = entry.what = entry.object = entry.outcome = evil;
  facts.audit.entries = {entry};
  facts.lines.emplace();
  LineFacts line;
  line.name = line.path = line.detail = evil;
  facts.lines->lines = {line};
  facts.lines->broker.emplace().uri = evil;
  facts.lines->broker->detail = evil;
  facts.tpm.emplace().tcti = evil;
  facts.tpm->tpm.detail = facts.tpm->tpm.vendor = facts.tpm->secrets_detail = evil;
  facts.labels["a"] = evil;
  facts.outcomes.emplace().counts = {{evil, 1}};
  OutcomeRow outcome;
  outcome.registration_id = outcome.outcome = outcome.detail = outcome.next_action = evil;
  facts.outcomes->rows = {outcome};
  facts.commissioning.emplace().counts = {{evil, 1}};
  ListedLeaf expected;
  expected.registration_id = expected.label = expected.place = expected.line = evil;
  expected.state = expected.note = evil;
  facts.commissioning->rows = {expected};
  DeviceRow row = leaf("a", RegistrationStatus::assigned, true);
  row.assigned_hub = evil;
  const std::string page = page_of(facts, {row, leaf(evil, RegistrationStatus::failed, false)});
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_THAT(page, Not(HasSubstr("\xe2\x80\xae")));
  std::size_t scripts = 0;
  for (std::size_t at = page.find("<script"); at != std::string::npos; at = page.find("<script", at + 1))
    ++scripts;
  EXPECT_EQ(scripts, 1U);
}

TEST(Report, draws_outages_and_the_queue_and_tells_them_as_a_table) {
  ReportFacts facts = site();
  TimelineFacts& timeline = facts.timeline.emplace();
  timeline.outages = {{now - 5h, now - 3h, 1234}, {now - 10min, std::nullopt, 2}};
  for (int i = 0; i < 60; ++i)
    timeline.samples.push_back({now - 6h + i * 6min, true, static_cast<std::size_t>(i)});
  const std::string page = page_of(facts);
  EXPECT_THAT(page, HasSubstr("<svg class=time"));
  EXPECT_THAT(page, HasSubstr("<td class=num>2 h</td><td class=num>1,234</td>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"s bad\">lasts</span>"));
  EXPECT_THAT(page, Not(HasSubstr("The clock was set")));
  facts.timeline->clock_set = {now - 1h};
  facts.timeline->outages.front().lasted = 7h;
  EXPECT_THAT(page_of(facts), HasSubstr("The clock was set at "));
  EXPECT_THAT(page_of(facts), HasSubstr("<td class=num>7 h</td><td class=num>1,234</td>"));
  facts.timeline->outages.clear();
  facts.timeline->samples.clear();
  EXPECT_THAT(page_of(facts), HasSubstr("The service has not been away in this time."));
}

TEST(Report, tells_outcomes_and_the_commissioning_list_where_there_are_any) {
  ReportFacts facts = site();
  EXPECT_THAT(page_of(facts), Not(HasSubstr("After the outage")));
  facts.outcomes.emplace().counts = {{"confirmed", 97}, {"needs-the-leaf", 3}};
  facts.outcomes->rows = {
      {"press-01", "needs-the-leaf", "its certificate is its own", "power-cycle it", now}};
  facts.commissioning.emplace().counts = {{"done", 40}, {"missing", 1}};
  facts.commissioning->rows = {{"press-02", "Press 2", "hall 1", "A", "missing", ""}};
  const std::string page = page_of(facts);
  EXPECT_THAT(page, HasSubstr("<span class=\"s good\">confirmed</span> 97"));
  EXPECT_THAT(page, HasSubstr("power-cycle it"));
  EXPECT_THAT(page, HasSubstr("<span class=\"s bad\">missing</span></td><td>hall 1</td>"));
}

TEST(Report, tells_certificates_listening_addresses_and_the_newest_change_first) {
  ReportFacts facts = site();
  facts.status.certificates_left = {{"tls", 9 * 24h}, {"extra", -1h}};
  facts.status.listening = {"mqtt 0.0.0.0:8883"};
  AuditEntry older;
  older.what = "forget";
  AuditEntry newer;
  newer.what = "refresh";
  facts.audit.entries = {older, newer};
  const std::string page = page_of(facts);
  EXPECT_THAT(page, HasSubstr("<span class=\"s warn\">renew soon</span></td><td class=num>9</td>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"s bad\">ended</span>"));
  EXPECT_THAT(page, HasSubstr("<td>mqtt</td><td class=id>0.0.0.0:8883</td>"));
  EXPECT_LT(page.find("refresh</td>"), page.find("forget</td>"));
}

}  // namespace
}  // namespace leafgate::status::report_test

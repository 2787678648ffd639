// What the page of the site tells beside the operator port.
#include <algorithm>
#include <array>

#include "adapters/status/report.hpp"
#include "gateway/app/application_parts.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::seconds sample_every{10};
constexpr std::size_t page = 1'000;

// Promises that somebody has to look at, the worst first; of those that ended well the page has counts alone.
constexpr auto told_states =
    std::to_array<PromiseState>({PromiseState::refused, PromiseState::conflict, PromiseState::needs_the_leaf,
                                 PromiseState::rehomed, PromiseState::queued, PromiseState::provisional});

status::OutcomeRow outcome_row(const Promise& promise, bool service_up) {
  status::OutcomeRow told;
  told.registration_id = promise.id.text();
  told.outcome = code(promise.state);
  told.detail = text(promise);
  if (!promise.settled_hub.empty()) told.detail += ": " + promise.settled_hub;
  if (promise.reason != Reason::none) told.detail += " (" + std::string(code(promise.reason)) + ")";
  told.next_action = next_action(promise, service_up);
  told.at = promise.is_settled() ? promise.settled_at : promise.made_at;
  return told;
}

std::string named(const Labels& labels, const std::string& id) {
  const std::string label = labels.label_of(ascii_lower(id));
  return label.empty() ? id : id + " (" + label + ")";
}

status::ListedLeaf listed_leaf(const ExpectedRow& expected, const Labels& labels) {
  status::ListedLeaf told;
  told.registration_id = expected.leaf.registration_id;
  told.label = expected.leaf.label;
  told.place = expected.leaf.place;
  told.line = expected.leaf.line;
  told.state = to_text(expected.state);
  told.note = expected.leaf.note;
  const auto add = [&told](const std::string& what) { told.note += (told.note.empty() ? "" : "; ") + what; };
  if (expected.state == ExpectedState::wrong_place) add("seen at " + expected.seen_at);
  if (expected.state == ExpectedState::waiting) add(std::string(code(expected.reason)));
  if (expected.state == ExpectedState::unknown) {
    told.place = expected.seen_at;
    if (!expected.nearest.empty()) add("looks like " + named(labels, expected.nearest));
    if (!expected.expected_here.empty()) add(named(labels, expected.expected_here) + " is expected there");
  }
  return told;
}

}  // namespace

void Application::begin_history() {
  report_part_ = std::make_unique<ReportPart>(loops_.front()->executor());
  begin(keep_history());
}

void Application::stop_history() {
  if (!report_part_) return;
  report_part_->stopping = true;
  report_part_->pause.notify();
}

// Until stop_history().
Task<void> Application::keep_history() {
  while (!report_part_->stopping) {
    (void)flows_->desk->look();
    const LinkState link = flows_->forwarder.state();
    report_part_->history.take(LoopClock::now(), clock_.now().at, link.up, link.since,
                               flows_->forwarder.operations().durable_count());
    const bool stopped = co_await report_part_->pause.wait_until(LoopClock::now() + sample_every);
    (void)stopped;
  }
}

Task<void> Application::add_report_parts(status::ReportFacts& facts) {
  facts.made_at = clock_.now().at;
  facts.turned_away = certificates_->turned_away();
  facts.timeline = report_part_->history.told();
  for (const auto& [state, count] : flows_->desk->last_counts().by_status)
    facts.by_status[to_text(state)] = count;
  co_await add_outcomes(facts);
  co_await add_commissioning(facts);
}

// What cannot be read is left out: the rest of the page is good without it.
Task<void> Application::add_outcomes(status::ReportFacts& facts) {
  status::OutcomeFacts outcomes;
  const LinkState link = co_await flows_->outage_desk->uplink();
  for (const PromiseState state : told_states) {
    PromiseFilter filter;
    filter.state = state;
    filter.limit = page;
    auto read = co_await flows_->outage_desk->outcomes(std::move(filter));
    if (!read) co_return;
    for (const Promise& promise : read->rows) outcomes.rows.push_back(outcome_row(promise, link.up));
    if (state != told_states.back()) continue;
    add_outages(*facts.timeline, read->outages);
    for (std::size_t i = 0; i < promise_states; ++i)
      outcomes.counts.emplace_back(code(static_cast<PromiseState>(i)), read->counts.by_state.at(i));
    for (const PromiseState told : told_states)
      outcomes.all += read->counts.by_state.at(static_cast<std::size_t>(told));
  }
  const bool any = std::any_of(outcomes.counts.begin(), outcomes.counts.end(),
                               [](const auto& count) { return count.second > 0; });
  if (any) facts.outcomes = std::move(outcomes);
}

Task<void> Application::add_commissioning(status::ReportFacts& facts) {
  status::CommissioningFacts list;
  ExpectedFilter filter;
  filter.limit = status::leaves_listed;
  filter.not_done_first = true;
  auto read = co_await site_part_->commissioning.expected(std::move(filter));
  if (!read || read->counts.expected == 0) co_return;
  const ExpectedCounts& counts = read->counts;
  for (const ExpectedRow& expected : read->rows) {
    list.rows.push_back(listed_leaf(expected, site_part_->commissioning));
    if (!expected.leaf.label.empty())
      facts.labels[ascii_lower(expected.leaf.registration_id)] = expected.leaf.label;
  }
  list.all = counts.expected + counts.unknown;
  const auto add = [&list](ExpectedState state, std::size_t count) {
    list.counts.emplace_back(to_text(state), count);
  };
  add(ExpectedState::done, counts.done);
  add(ExpectedState::waiting, counts.waiting);
  add(ExpectedState::missing, counts.missing);
  add(ExpectedState::wrong_place, counts.wrong_place);
  add(ExpectedState::unknown, counts.unknown);
  facts.commissioning = std::move(list);
}

}  // namespace leafgate

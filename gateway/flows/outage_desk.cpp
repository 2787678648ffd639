#include "gateway/flows/outage_desk.hpp"

#include <algorithm>

#include "gateway/flows/enrollment_cursor.hpp"
#include "gateway/flows/forecast.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/leaf_walk.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t most_promises = 1000;

void add(ForecastSum& sum, const Census& census, const RegistrationRecord& record,
         const Enrollment* individual, const std::vector<Enrollment>& groups) {
  sum.add(record.registration.id.text(), census.outlook(record, individual, groups));
}

}  // namespace

Task<LinkState> OutageDesk::uplink() {
  const auto here = [this] { return ports_.forwarder == nullptr ? LinkState() : ports_.forwarder->state(); };
  co_return co_await on(first_loop_, here);
}

Task<Result<Forecast>> OutageDesk::what_if(WhatIfQuestion question) {
  auto here = what_if_here(std::move(question));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<OutcomePage>> OutageDesk::outcomes(PromiseFilter filter) {
  auto here = outcomes_here(std::move(filter));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<std::optional<Promise>>> OutageDesk::promise(RegistrationId id) {
  auto here = promise_here(std::move(id));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<std::size_t>> OutageDesk::clear_outcomes(std::optional<PromiseState> state, Actor who) {
  auto here = clear_here(state, std::move(who));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<Forecast>> OutageDesk::what_if_here(WhatIfQuestion question) {
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  ForecastSum sum(question.span);
  if (!question.leaf.empty()) {
    EnrollmentCursor cursor(ports_.enrollments);
    const std::string key = ascii_lower(question.leaf);
    auto record = co_await ports_.registrations.find(key);
    if (!record) co_return record.error();
    if (!*record) co_return Error(Errc::not_found, "it never registered here");
    auto individual = co_await cursor.find(key);
    if (!individual) co_return individual.error();
    add(sum, ports_.census, **record, *individual, **groups);
    co_return told(std::move(sum));
  }
  LeafWalk leaves({ports_.enrollments, ports_.registrations, ports_.ledger}, LeafWalk::Gait::waited_for);
  while (true) {
    if (stopping_) co_return Error(Errc::stopped, "the gateway is stopping");
    auto leaf = co_await leaves.next();
    if (!leaf) co_return leaf.error();
    if (*leaf == nullptr) co_return told(std::move(sum));
    const RegistrationRecord& stored = **leaf;
    auto individual = co_await leaves.individual();
    if (!individual) co_return individual.error();
    add(sum, ports_.census, stored, *individual, **groups);
  }
}

Forecast OutageDesk::told(ForecastSum sum) const {
  Forecast forecast = std::move(sum).forecast();
  if (ports_.turned_away) forecast.turned_away = ports_.turned_away();
  if (!ports_.certificates) return forecast;
  for (const ShownCertificate& shown : ports_.certificates()) {
    if (shown.left > forecast.span) continue;
    forecast.gateway_ends.push_back({shown.file, shown.server_name, std::max(Millis(0), shown.left)});
  }
  return forecast;
}

Task<Result<OutcomePage>> OutageDesk::outcomes_here(PromiseFilter filter) {
  OutcomePage page;
  filter.limit = std::clamp<std::size_t>(filter.limit, 1, most_promises);
  filter.after = ascii_lower(filter.after);
  const std::size_t limit = filter.limit;
  auto rows = co_await ports_.reconciliations.list(std::move(filter));
  if (!rows) co_return rows.error();
  auto counts = co_await ports_.reconciliations.counts();
  if (!counts) co_return counts.error();
  auto outages = co_await ports_.reconciliations.outages();
  if (!outages) co_return outages.error();
  page.rows = std::move(*rows);
  for (Promise& promise : page.rows) add_what_holds_back(promise);
  if (page.rows.size() == limit) page.next = page.rows.back().id.key();
  page.counts = *counts;
  page.outages = std::move(*outages);
  co_return page;
}

Task<Result<std::optional<Promise>>> OutageDesk::promise_here(RegistrationId id) {
  auto promise = co_await ports_.reconciliations.find(id.key());
  if (promise && *promise) add_what_holds_back(**promise);
  co_return promise;
}

// As the queue tells it. That the service is away or asks for patience is no matter of this leaf.
void OutageDesk::add_what_holds_back(Promise& promise) const {
  if (ports_.forwarder == nullptr || promise.is_settled()) return;
  const OpenOperation* open = ports_.forwarder->operations().find(promise.id.key());
  const bool is_held_back = open != nullptr && open->durable && open->state == OpenOperation::State::delayed;
  if (!is_held_back) return;
  const Reason why = open->waiting_for;
  if (why != Reason::service_unreachable && why != Reason::service_throttled) promise.held_back = why;
}

Task<Result<std::size_t>> OutageDesk::clear_here(std::optional<PromiseState> state, Actor who) {
  std::size_t cleared = 0;
  auto change = clear(state, cleared);
  std::string object(state ? code(*state) : std::string_view("settled"));
  auto done =
      co_await ports_.audited.carry(std::move(who), "outcomes clear", std::move(object), std::move(change));
  if (!done) co_return done.error();
  co_return cleared;
}

Task<Result<void>> OutageDesk::clear(std::optional<PromiseState> state, std::size_t& cleared) {
  auto done = co_await ports_.reconciliations.clear(state);
  if (!done) co_return done.error();
  cleared = *done;
  if (ports_.outages == nullptr) co_return Result<void>();
  auto read = co_await ports_.outages->cleared();
  if (!read) log::warning("promises were not read", {{"detail", read.error().detail}});
  co_return Result<void>();
}

}  // namespace leafgate

// What the service still has to hear about, and what an engineer may do to one leaf.
#include <algorithm>
#include <tuple>

#include "gateway/flows/desk.hpp"

namespace leafgate {
namespace {

std::string_view state_text(OpenOperation::State state) {
  switch (state) {
    case OpenOperation::State::writing:
      return "writing";
    case OpenOperation::State::ready:
      return "ready";
    case OpenOperation::State::delayed:
      return "delayed";
    case OpenOperation::State::in_flight:
      return "in-flight";
  }
  return "unknown";
}

// The order in which they go (OpenOperations).
bool goes_before(const OpenOperation* a, const OpenOperation* b) {
  const auto rank = [](const OutboxRow& row) {
    return std::tuple(row.forward_class, !row.first_registration, row.sequence);
  };
  return rank(a->row) < rank(b->row);
}

Error nothing_waits() { return {Errc::not_found, "nothing of this leaf waits for the service"}; }

}  // namespace

WallTime Desk::queued_at(const OpenOperation& operation, WallTime now) {
  const Dated queued{operation.row.queued_at, operation.opened_at, operation.of_former_run};
  return queued.told(LoopClock::now(), now);
}

QueueRow Desk::queue_row(const OpenOperation& operation, WallTime now) {
  const OutboxRow& row = operation.row;
  QueueRow out;
  out.registration_id = row.id.text();
  out.operation_id = row.operation_id.text();
  out.forward_class = row.forward_class;
  out.state = state_text(operation.state);
  out.reason = operation.waiting_for == Reason::none ? row.reason : operation.waiting_for;
  out.trouble = operation.trouble;
  out.queued_at = queued_at(operation, now);
  out.age = std::max(Millis(0), now - out.queued_at);
  out.tries = row.tries;
  out.durable = operation.durable;
  if (operation.state == OpenOperation::State::delayed)
    out.next_try_in =
        std::max(Millis(0), std::chrono::duration_cast<Millis>(operation.not_before - LoopClock::now()));
  return out;
}

Task<QueueList> Desk::queue(std::size_t limit) {
  auto here = queue_here(limit);
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<QueueList> Desk::queue_here(std::size_t limit) {
  std::vector<const OpenOperation*> all;
  for (const auto& [key, operation] : ports_.forwarder.operations()) all.push_back(&operation);
  const auto shown = std::min({limit, desk_rows, all.size()});
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), all.end(), goes_before);
  QueueList out;
  out.all = all.size();
  const WallTime now = ports_.clock.now().at;
  for (std::size_t i = 0; i < shown; ++i) out.rows.push_back(queue_row(*all[i], now));
  co_return out;
}

Task<Result<void>> Desk::refresh(RegistrationId id, Actor who) {
  std::string object = id.text();
  auto change = ports_.forwarder.ask_again(std::move(id));
  auto here = audited_.carry(std::move(who), "refresh", std::move(object), std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> Desk::forget(RegistrationId id, Actor who) {
  std::string object = id.text();
  auto change = forget_here(std::move(id));
  auto here = audited_.carry(std::move(who), "forget", std::move(object), std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> Desk::retry(RegistrationId id, Actor who) {
  std::string object = id.text();
  auto change = retry_here(std::move(id));
  auto here = audited_.carry(std::move(who), "queue retry", std::move(object), std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> Desk::drop(RegistrationId id, Actor who) {
  std::string object = id.text();
  auto change = drop_here(std::move(id));
  auto here = audited_.carry(std::move(who), "queue drop", std::move(object), std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> Desk::forget_here(RegistrationId id) {
  auto known = co_await ports_.forwarder.forget(std::move(id));
  if (!known) co_return known.error();
  if (!*known) co_return Error(Errc::not_found, "nothing was known of this registrationId");
  co_return Result<void>();
}

Task<Result<void>> Desk::retry_here(RegistrationId id) {
  const OpenOperation* open = ports_.forwarder.operations().find(id.key());
  if (open == nullptr) co_return nothing_waits();
  if (!ports_.forwarder.retry_now(id.key()))
    co_return Error(Errc::conflict, "it is not held back: it is " + std::string(state_text(open->state)) +
                                        " already, and goes as soon as the service and the pace allow");
  co_return Result<void>();
}

Task<Result<void>> Desk::drop_here(RegistrationId id) {
  auto dropped = co_await ports_.forwarder.drop(std::move(id));
  if (!dropped) co_return dropped.error();
  if (!*dropped) co_return nothing_waits();
  co_return Result<void>();
}

Task<Result<AuditPage>> Desk::audit(WallTime since, std::int64_t after, std::size_t limit) {
  auto here = ports_.audit.list(since, after, std::min(limit, desk_rows));
  co_return co_await run_on(first_loop_, std::move(here));
}

}  // namespace leafgate

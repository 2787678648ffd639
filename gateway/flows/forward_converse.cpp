// One operation with the service: from the outbox row to its settled result.
#include <algorithm>

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/findings.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/poll_wait.hpp"
#include "gateway/flows/receipts.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis unconfirmed_wait = minutes(15);
constexpr Millis full_disk_wait = seconds(5);
constexpr Millis unprepared_wait = minutes(1);
constexpr Millis longest_unprepared_wait = minutes(15);
constexpr Millis row_backoff_base = seconds(1);
constexpr Millis row_backoff_cap = minutes(15);

Millis row_backoff(int tries, Random& random) {
  const Millis most = std::min(row_backoff_cap, row_backoff_base * (1 << std::clamp(tries, 0, 10)));
  return most / 2 +
         Millis(static_cast<Millis::rep>(random.below(static_cast<std::uint64_t>(most.count()) / 2 + 1)));
}

Assignment assignment_from(const ServiceAnswer& answer, const OutboxRow& row, PoweredTime powered,
                           WallTime wall) {
  Assignment a = assignment_of(answer, powered, wall);
  a.credential = row.credential;
  a.request_digest = row.request_digest;
  a.enrollment_id = row.enrollment_id;
  a.enrollment_etag = row.enrollment_etag;
  return a;
}

Outcome outcome_from(const ServiceVerdict& verdict, const Result<ServiceAnswer>& answer, const OutboxRow& row,
                     WallTime wall) {
  Outcome outcome;
  outcome.operation_id = row.operation_id.text();
  outcome.reason = verdict.reason;
  outcome.at = wall;
  outcome.status = RegistrationStatus::failed;
  if (!answer) return outcome;
  const bool refused = answer->http_status >= 400;
  outcome.error_code = answer->error_code == 0 && refused ? answer->http_status * 1000 : answer->error_code;
  outcome.message = bounded(answer->message, 1000);
  if (verdict.says == ServiceSays::refused) return outcome;
  outcome.status = *answer->status;
  outcome.state = answer->state;
  return outcome;
}

Ruling ruling_of(ServiceSays says, const Registration& before, const Registration& after) {
  if (says == ServiceSays::assigned) return ruling_of(before.assignment, *after.assignment);
  if (says == ServiceSays::disabled) return Ruling::disabled;
  return says == ServiceSays::refused ? Ruling::refused : Ruling::failed;
}

}  // namespace

Task<void> Forwarder::converse(Sent& sent) {
  const RegistrationId id = sent.row.id;
  sent.number = lane_.send();
  auto answer = co_await ports_.service.register_device(id, sent.row.request, sent.token);
  ServiceVerdict verdict = judge_service(answer, id, options_.hub_suffixes);
  if (verdict.reached) ++arrived_;
  std::optional<OperationId> operation;
  const TimePoint give_up = LoopClock::now() + longest_assigning;
  while (verdict.says == ServiceSays::assigning || (operation && verdict.says == ServiceSays::throttled)) {
    hear(sent, verdict);
    end_probe(sent);  // it was let in; its end may be far
    if (answer->operation) operation = answer->operation;
    if (LoopClock::now() >= give_up) {
      verdict.says = ServiceSays::retry;
      verdict.reason = Reason::service_failed;
      verdict.detail = "the service says assigning and comes to no end";
      break;
    }
    const bool running = co_await pause(poll_wait(*answer));
    if (!running) co_return;  // the row is in the outbox: the next start goes on with it
    answer = co_await ports_.service.operation_status(id, *operation, sent.token);
    verdict = judge_service(answer, id, options_.hub_suffixes);
  }
  co_await finish(sent, std::move(verdict), std::move(answer));
}

Task<void> Forwarder::finish(Sent& sent, ServiceVerdict verdict, Result<ServiceAnswer> answer) {
  const OutboxRow& row = sent.row;
  // While everybody is refused no refusal is a leaf's.
  if (verdict.says == ServiceSays::refused && lane_.refuses_everybody())
    verdict.says = ServiceSays::unconfirmed;
  const bool withdraws = is_its_own(sent, verdict);
  if (withdraws) {
    verdict.says = ServiceSays::refused;
    verdict.reason = Reason::service_refused;
  }
  if (answer && verdict.says == ServiceSays::unconfirmed)
    verdict.detail += clock_gap(answer->http_status, answer->answered_at, ports_.clock.now().at);
  hear(sent, verdict);
  auto record = co_await ports_.ledger.record(row.id);
  // From here to the store's queue nothing is awaited: no attempt can come in between.
  OpenOperation* operation = operations_.find(row);
  if (!operation) co_return;
  if (!record) {
    step_back(row, verdict, full_disk_wait);
    co_return;
  }
  switch (verdict.says) {
    case ServiceSays::throttled: {
      const Millis wait = answer->retry_after.value_or(poll_usual);
      pace_.throttled(LoopClock::now(), wait);
      step_back(row, verdict, wait);
      co_return;
    }
    case ServiceSays::gateway_fault:
    case ServiceSays::retry: {
      const int tries = operation->row.tries;
      // Ready at once it would be every probe, and keep all others waiting for what only it may be told.
      const bool makes_no_sense = verdict.reason == Reason::service_answer_implausible;
      const bool steps_back = verdict.reached || makes_no_sense;
      const Millis wait = steps_back ? row_backoff(tries, ports_.random) : Millis(0);
      const Millis asked = asked_to_wait(answer);
      pace_.hold(LoopClock::now(), asked);
      step_back(row, verdict, std::max(asked, wait));
      if (makes_no_sense) ask_in_its_place();
      co_return;
    }
    default:
      break;
  }
  if (is_superseded(*operation, sent)) co_return;
  if (verdict.says == ServiceSays::unconfirmed) {
    const bool repeats = operation->refused_at && !lane_.refuses_everybody();
    if (!operation->refused_at) operation->refused_at = lane_.sent();
    step_back(row, verdict, unconfirmed_wait);
    ask_in_its_place();
    if (repeats) co_await object(row, verdict.reason);
    co_return;
  }
  Registration registration = (*record)->registration;
  const WallTime wall = ports_.clock.now().at;
  const bool leaf_waits = operation->durable;  // else nobody was given this operationId
  if (leaf_waits || verdict.says != ServiceSays::assigned)
    registration.outcome = outcome_from(verdict, answer, row, wall);
  if (verdict.says == ServiceSays::assigned)
    registration.assignment = assignment_from(*answer, row, ports_.meter.now(), wall);
  const bool told_ahead = registration.assignment && registration.assignment->provisional;
  if (verdict.says == ServiceSays::disabled || withdraws || told_ahead) registration.assignment.reset();
  std::string detail = verdict.detail;
  if (verdict.says == ServiceSays::assigned) detail = answer->assigned_hub;
  AttemptNote what = note(verdict.reason, std::move(detail));
  const Ruling ruling = ruling_of(verdict.says, (*record)->registration, registration);
  co_await settle(sent, std::move(registration), std::move(what), ruling);
}

Task<void> Forwarder::settle(const Sent& sent, Registration registration, AttemptNote what, Ruling ruling) {
  const OutboxRow& row = sent.row;
  auto record = ports_.ledger.held(row.id.key());
  std::vector<AttemptNote> notes;
  if (record) notes = record->notes;
  add_note(notes, what);
  auto written = verified_only(notes);
  const std::optional<Receipt> receipt =
      receipt_of(ruling, what.reason, ports_.clock.now(), row.operation_id.text());
  auto stored =
      co_await ports_.registrations.settle(registration, row.operation_id, std::move(written), receipt);
  if (!stored) {
    ServiceVerdict verdict;
    verdict.reason = stored.error().code == Errc::store_full ? Reason::store_full : Reason::store_fault;
    verdict.detail = stored.error().detail;
    step_back(row, verdict, full_disk_wait);
    co_return;
  }
  OpenOperation* operation = operations_.find(row);
  if (!operation) {  // an operator took it back meanwhile: what the store has by now is true
    ports_.ledger.forget(row.id.key());
    co_return;
  }
  take_receipt(registration.assignment, *receipt, *stored);
  if (record) {
    record->registration = registration;
    add_note(record->notes, what);
  }
  // Let go of and read again meanwhile, perhaps from before the commit.
  if (auto now = ports_.ledger.held(row.id.key()); now && now != record) now->registration = registration;
  log::info("settled", {{"registration_id", row.id.text()},
                        {"reason", code(what.reason)},
                        {"operation_id", row.operation_id.text()},
                        {"detail", what.detail}});
  tell(EventKind::settled, row.id.text(), what.reason, what.detail);
  if (ports_.passes != nullptr && registration.assignment)
    ports_.passes->hand_out(registration.assignment->assigned_hub);
  if (operation->pending_writes == 0) {
    operations_.close(row.id.key());
    co_return;
  }
  // Its row is gone; a newer attempt is right behind in the store's queue and makes another.
  operation->durable = false;
  operations_.hold(*operation);
}

// Whether the leaf asked for something else meanwhile. That counts: what came of this try is dropped.
bool Forwarder::is_superseded(OpenOperation& operation, const Sent& sent) {
  if (operation.pending_writes > 0) {
    operations_.hold(operation);
    return true;
  }
  if (operation.revision == sent.revision) return false;
  operations_.make_ready(operation);
  return true;
}

// Back into the queue; the leaf keeps seeing `assigning`.
void Forwarder::step_back(const OutboxRow& row, const ServiceVerdict& verdict, Millis wait) {
  OpenOperation* operation = operations_.find(row);
  if (!operation) return;
  ++operation->row.tries;
  operation->waiting_for = verdict.reason;
  operation->trouble = verdict.detail;
  if (auto record = ports_.ledger.held(row.id.key()))
    add_note(record->notes, note(verdict.reason, verdict.detail));
  if (wait > Millis(0)) {
    operations_.delay(*operation, LoopClock::now() + wait);
  } else {
    operations_.make_ready(*operation);
  }
}

// Back into the queue without having been sent, which is no try of the service. It will be so each time until
// what is in its way is gone: told when that changes, not each time, or it would push out what the leaf did.
// What clears the way wakes it, but for a store that reads again and a TPM that comes to it.
void Forwarder::put_off(const OutboxRow& row, Reason why, const std::string& words) {
  OpenOperation* operation = operations_.find(row);
  if (!operation) return;
  const bool is_news = operation->waiting_for != why || operation->trouble != words;
  const bool is_woken =
      why != Reason::store_fault && !(why == Reason::trust_pending && ports_.trust.is_open());
  operation->put_off = is_news || !is_woken ? 0 : operation->put_off + 1;
  operation->waiting_for = why;
  operation->trouble = words;
  auto record = is_news ? ports_.ledger.held(row.id.key()) : nullptr;
  if (record) add_note(record->notes, note(why, words));
  const Millis wait = unprepared_wait * (1 << std::min(operation->put_off, 4));
  operation->unprepared = true;
  operations_.delay(*operation, LoopClock::now() + std::min(wait, longest_unprepared_wait));
}

}  // namespace leafgate

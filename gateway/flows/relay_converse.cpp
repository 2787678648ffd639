// What is said between a relay and the service, and what is learnt from it.
#include <algorithm>

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/relay_entry.hpp"
#include "gateway/flows/replies.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Seconds poll_least = seconds(2);
constexpr Seconds poll_usual = seconds(3);
constexpr Seconds poll_most = seconds(60);
constexpr Millis longest_assigning = minutes(5);
constexpr Millis again_after = seconds(10);  // what the service could not answer

Millis poll_wait(const ServiceAnswer& answer) {
  return std::clamp(answer.retry_after.value_or(poll_usual), poll_least, poll_most);
}

// Where the service put it. Nothing of what it showed for itself: that proves nothing here.
Assignment learnt(const ServiceAnswer& answer, PoweredTime powered, WallTime wall) {
  Assignment a;
  a.assigned_hub = answer.assigned_hub;
  a.device_id = answer.device_id;
  a.state = answer.state;
  a.etag = answer.etag.empty() ? crypto::hex(crypto::sha256(as_bytes(answer.state))) : answer.etag;
  a.confirmed_at = powered;
  a.confirmed_wall = wall;
  return a;
}

// As the service said it.
Answer final_answer(const OperationId& operation, const ServiceAnswer& answer, Reason reason) {
  Outcome outcome;
  outcome.reason = reason;
  outcome.error_code = answer.error_code != 0 ? answer.error_code : answer.http_status * 1000;
  outcome.message = bounded(answer.message, 1000);
  if (answer.http_status < 400) {
    outcome.status = answer.status.value_or(RegistrationStatus::failed);
    outcome.state = answer.state;
  }
  return ended(operation, outcome);
}

}  // namespace

Task<bool> Relays::converse(Shared relay) {
  const RegistrationId id = relay->attempt.id;
  relay->sent = true;
  relay->waiting_for = Reason::relayed;
  auto answer = co_await ports_.service.register_device(id, relay->attempt.request, relay->token());
  ServiceVerdict verdict = forwarder_.judge(answer, id);
  std::optional<OperationId> operation;
  const TimePoint give_up = LoopClock::now() + longest_assigning;
  while (!stopping_ &&
         (verdict.says == ServiceSays::assigning || (operation && verdict.says == ServiceSays::throttled))) {
    if (answer->operation) operation = answer->operation;
    relay->accepted = true;
    relay->changed.notify();
    if (LoopClock::now() >= give_up) {
      relay->again = again_after;
      co_return false;
    }
    co_await wait(relay, poll_wait(*answer));
    if (stopping_) co_return false;
    answer = co_await ports_.service.operation_status(id, *operation, relay->token());
    verdict = forwarder_.judge(answer, id);
  }
  if (stopping_) co_return false;
  co_return co_await conclude(relay, std::move(verdict), std::move(answer));
}

Task<bool> Relays::conclude(Shared relay, ServiceVerdict verdict, Result<ServiceAnswer> answer) {
  const RegistrationId id = relay->attempt.id;
  relay->again = again_after;
  forwarder_.relay_heard(verdict);
  if (verdict.says == ServiceSays::throttled) {
    relay->again = answer->retry_after.value_or(poll_usual);
    forwarder_.relay_throttled(relay->again);
  }
  const bool refused = verdict.says == ServiceSays::unconfirmed || verdict.says == ServiceSays::refused;
  // What says no to everybody says nothing about this leaf.
  const bool is_its_own = !refused || forwarder_.state().up;
  const bool later = verdict.says == ServiceSays::throttled || verdict.says == ServiceSays::retry ||
                     verdict.says == ServiceSays::gateway_fault || verdict.says == ServiceSays::assigning;
  if (later || !is_its_own) {
    relay->waiting_for = later ? verdict.reason : Reason::unknown_offline;
    co_return false;
  }
  Answer told;
  if (verdict.says == ServiceSays::assigned) {
    Assignment assignment = learnt(*answer, ports_.meter.now(), ports_.clock.now().at);
    told = assigned(relay->operation, assignment, Reason::assigned_by_service);
    told.proven = true;
    if (ports_.passes != nullptr) ports_.passes->hand_out(assignment.assigned_hub);
    refusals_.proved(relay->attempt.source.address, id.key());
    if (on_assigned_) on_assigned_(relay->attempt.source, id);
    co_await learn(id, std::move(assignment));
  } else {
    told = final_answer(relay->operation, *answer, refused ? Reason::service_refused : verdict.reason);
    if (verdict.says == ServiceSays::unconfirmed) {
      (void)refusals_.failed(relay->attempt.source.address, id.key(), LoopClock::now());
      if (on_refused_) on_refused_(relay->attempt.source, id);
    }
    if (verdict.says == ServiceSays::disabled) co_await withdraw(id);
  }
  log::info("relayed", {{"registration_id", id.text()},
                        {"reason", code(told.reason)},
                        {"peer", relay->attempt.source.address},
                        {"detail", verdict.detail}});
  end(*relay, std::move(told));
  co_return true;
}

// From here on it may be told, and forgotten: nothing is awaited behind this.
void Relays::end(Relay& relay, Answer answer) {
  relay.answer = std::move(answer);
  relay.ended_at = LoopClock::now();
  relay.attempt.request = {};
  relay.attempt.evidence = NoEvidence{};
  leave(relay);
}

// Stored before the leaf hears of it, so that `devices` knows its hub; told to the leaf in any case.
Task<void> Relays::learn(const RegistrationId& id, Assignment assignment) {
  if (forwarder_.operations().find(id.key())) co_return;  // it became known here meanwhile: that decides
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return;
  Registration registration = (*record)->registration;
  AttemptNote note;
  note.reason = Reason::assigned_by_service;
  note.detail = assignment.assigned_hub;
  registration.assignment = std::move(assignment);
  registration.outcome.reset();
  co_await settle(std::move(registration), std::move(note));
}

Task<void> Relays::withdraw(const RegistrationId& id) {
  auto record = co_await ports_.ledger.record(id);
  if (!record || !(*record)->registration.assignment) co_return;  // nothing to take back: nothing written
  Registration registration = (*record)->registration;
  registration.assignment.reset();
  AttemptNote note;
  note.reason = Reason::service_disabled;
  co_await settle(std::move(registration), std::move(note));
}

Task<void> Relays::settle(Registration registration, AttemptNote note) {
  note.at = ports_.clock.now().at;
  note.step = "service";
  note.source = "gateway";
  const RegistrationId id = registration.id;
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return;
  std::vector<AttemptNote> notes = verified_only((*record)->notes);
  add_note(notes, note);
  const OperationId operation = operation_ids_.of_unwritten(id.key());
  auto stored = co_await ports_.registrations.settle(registration, operation, std::move(notes));
  if (!stored) {
    log::warning("what a relay learnt was not stored",
                 {{"registration_id", id.text()}, {"detail", stored.error().detail}});
    co_return;
  }
  (*record)->registration = registration;
  add_note((*record)->notes, note);
}

}  // namespace leafgate

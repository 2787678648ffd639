// What is said between a relay and the service, and what is learnt from it.
#include <algorithm>

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/poll_wait.hpp"
#include "gateway/flows/relay_entry.hpp"
#include "gateway/flows/replies.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis again_after = seconds(10);  // what the service could not answer

AttemptNote note_of(const Attempt& attempt) {
  AttemptNote out;
  out.reason = Reason::relayed;
  out.step = "register";
  out.source = attempt.source.address;
  out.client = bounded(attempt.client, client_kept);
  return out;
}

}  // namespace

// As the service said it.
Answer Relays::final_answer(const OperationId& operation, const ServiceAnswer& answer, Reason reason) {
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

Task<bool> Relays::converse(Shared relay) {
  const RegistrationId id = relay->attempt.id;
  relay->sent = true;
  relay->waiting_for = Reason::relayed;
  if (relay->is_challenge) {
    co_await fetch_challenge(relay);
    co_return true;
  }
  ProvisioningService& service = service_of(*relay);
  auto answer = co_await service.register_device(id, relay->attempt.request, relay->token());
  if (!answer && relay->own) co_return end_unsigned(*relay, answer.error());
  ServiceVerdict verdict = forwarder_.judge(answer, id);
  std::optional<OperationId> operation;
  const TimePoint give_up = LoopClock::now() + longest_assigning;
  while (!stopping_ && !relay->barred &&
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
    answer = co_await service.operation_status(id, *operation, relay->token());
    if (!answer && relay->own) co_return end_unsigned(*relay, answer.error());
    verdict = forwarder_.judge(answer, id);
  }
  if (stopping_) co_return false;
  co_return co_await conclude(relay, std::move(verdict), std::move(answer));
}

// A leaf that signs has a connection of its own.
ProvisioningService& Relays::service_of(Relay& relay) {
  if (!relay.attempt.signer || ports_.delegated == nullptr) return ports_.service;
  if (!relay.own) {
    DelegatedIdentity identity;
    identity.chain = std::get<CertificateEvidence>(relay.attempt.evidence).chain;
    identity.schemes = relay.attempt.schemes;
    identity.signer = relay.attempt.signer;
    relay.own = ports_.delegated->speak_for(std::move(identity));
  }
  return *relay.own;
}

// It has signed once, or would not: only with a new attempt it may again. Nobody but this leaf was asked, so
// it says nothing of the way to the service. But where all leaves sign, nobody else would notice that the
// service is away: somebody looks.
bool Relays::end_unsigned(Relay& relay, const Error& error) {
  if (stopping_) return false;
  const Reason why = error.code == Errc::refused ? Reason::leaf_did_not_sign : Reason::needs_service;
  log::notice("a delegated registration ended early", {{"registration_id", relay.attempt.id.text()},
                                                       {"reason", code(why)},
                                                       {"peer", relay.attempt.source.address},
                                                       {"detail", error.detail}});
  if (why == Reason::needs_service && error.code != Errc::conflict) forwarder_.doubt();
  end(relay, refusal(why));
  return true;
}

Task<bool> Relays::conclude(Shared relay, ServiceVerdict verdict, Result<ServiceAnswer> answer) {
  const RegistrationId id = relay->attempt.id;
  if (relay->barred) co_return false;  // whatever the service says
  relay->again = again_after;
  forwarder_.relay_heard(verdict);
  if (verdict.says == ServiceSays::throttled) {
    relay->again = answer->retry_after.value_or(poll_usual);
    forwarder_.relay_throttled(relay->again);
  }
  const Millis asked = asked_to_wait(answer);
  relay->again = std::max(relay->again, asked);
  forwarder_.relay_asked_to_wait(asked);
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
    Assignment assignment = assignment_of(*answer, ports_.meter.now(), ports_.clock.now().at);
    told = assigned(relay->operation, assignment, Reason::assigned_by_service);
    told.authentication_key = answer->authentication_key;
    told.proven = true;
    refusals_.proved(relay->attempt.source.address, id.key());
    if (on_assigned_) on_assigned_(relay->attempt.source, id);
    // Stored before the leaf hears of it, so that `devices` knows its hub; told to the leaf in any case. An
    // operation that was opened here meanwhile decides by itself.
    const bool open = forwarder_.operations().find(id.key()) != nullptr;
    assignment.credential = relay->earned.credential;
    assignment.request_digest = relay->earned.request_digest;
    assignment.enrollment_id = relay->earned.enrollment_id;
    assignment.enrollment_etag = relay->earned.enrollment_etag;
    assignment.ends = relay->earned.ends;
    if (!open) co_await earn_by_tpm(*relay, *answer, assignment);
    if (!open && !relay->attempt.signer) {
      AttemptNote came = note_of(relay->attempt);
      co_await findings_.came(id, std::move(came));
    }
    if (!open) co_await findings_.assigned(id, std::move(assignment), Reason::assigned_by_service);
  } else {
    told = final_answer(relay->operation, *answer, refused ? Reason::service_refused : verdict.reason);
    if (verdict.says == ServiceSays::unconfirmed) {
      (void)refusals_.failed(relay->attempt.source.address, id.key(), LoopClock::now());
      if (on_refused_) on_refused_(relay->attempt.source, id);
    }
    if (verdict.says == ServiceSays::disabled) co_await findings_.withdrawn(id, Reason::service_disabled);
  }
  log::info("relayed", {{"registration_id", id.text()},
                        {"reason", code(told.reason)},
                        {"peer", relay->attempt.source.address},
                        {"detail", verdict.detail}});
  end(*relay, std::move(told));
  co_return true;
}

// From here on it may be told, and forgotten: nothing is awaited behind this, and nobody is spoken to. Which
// TPM it was is kept: that may be denied yet.
void Relays::end(Relay& relay, Answer answer) {
  relay.answer = std::move(answer);
  relay.ended_at = LoopClock::now();
  TpmKeys keys = std::move(relay.attempt.request.tpm);
  relay.attempt.request = {};
  relay.attempt.request.tpm = std::move(keys);
  relay.attempt.evidence = NoEvidence{};
  relay.attempt.signer.reset();
  relay.own.reset();
  leave(relay);
}

}  // namespace leafgate

// What an attempt leaves behind: notes, lines of the log, and what it costs who proved nothing.
#include <algorithm>

#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/replies.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

std::string step_of(const Attempt& attempt) {
  if (attempt.knock) return "connect";
  if (attempt.operation) return "poll";
  return attempt.lookup ? "lookup" : "register";
}

std::string details(std::string first, const std::string& second) {
  if (!first.empty() && !second.empty()) first += "; ";
  return bounded(first + second, detail_kept);
}

}  // namespace

// What the leaf is told when the store refused.
Reason Admission::store_reason(const Error& error) {
  if (error.code == Errc::store_full) return Reason::store_full;
  if (error.code == Errc::store_fault) return Reason::store_fault;
  return error.code == Errc::stopped ? Reason::gateway_stopping : Reason::internal_error;
}

// True when the attempt counts: its connection was not taken over by a newer one that proved the same id.
// What was held against its source is forgiven, and an older connection of the id ends.
bool Admission::welcome(Facts& facts) {
  const Attempt& attempt = facts.attempt;
  guard_.false_proofs.proved(attempt.source.address, attempt.id.key());
  const auto claim =
      guard_.takeovers.claim(attempt.id.key(), attempt.presence, attempt.source.address, LoopClock::now());
  if (claim.took_over) note_takeover(facts, claim);
  note_two_places(facts, claim);
  if (guard_.sources != nullptr) guard_.sources->verified(attempt.source.address);
  const bool by_key = std::holds_alternative<SasEvidence>(attempt.evidence);  // over IP, that is
  if (by_key && ports_.passes != nullptr) ports_.passes->symmetric_verified(attempt.source.address);
  return claim.stands;
}

// Whom the service knows is as good as who proved itself here: behind its address somebody true lives.
void Admission::vouched(const Source& source, const RegistrationId& id) {
  guard_.false_proofs.proved(source.address, id.key());
  journal_.vouched(source, id);
  rounds_.ended_there(source, id);
  if (guard_.sources != nullptr) guard_.sources->verified(source.address);
  if (ports_.passes != nullptr) ports_.passes->symmetric_verified(source.address);
}

// One that repeats is told once a minute as what it is: two devices with one id and one key.
void Admission::note_takeover(Facts& facts, const Takeovers::Claim& claim) {
  constexpr unsigned telling = Takeovers::many + 1;
  if (claim.in_a_minute > telling) return;
  const Attempt& attempt = facts.attempt;
  AttemptNote n;
  n.at = facts.now.at;
  n.reason = Reason::taken_over;
  n.step = "connected";
  n.source = claim.from;
  n.detail = "by a connection from " + attempt.source.address;
  if (claim.in_a_minute == telling) {
    n.detail = std::to_string(telling) + " times within a minute, now by " + attempt.source.address +
               ": two devices seem to carry this id and its key";
    log::warning("connections of one leaf end each other", {{"registration_id", attempt.id.text()},
                                                            {"reason", code(n.reason)},
                                                            {"from", claim.from},
                                                            {"peer", attempt.source.address}});
  }
  add_note(facts.record->notes, std::move(n));
}

Task<AttemptPace::Turn> Admission::take_turn(Facts& facts) {
  const LoopClock::duration wait = guard_.pace.wait_of(facts.attempt.id.key());
  if (wait <= wait.zero()) co_return AttemptPace::Turn::at_once;
  // One note of this kind is enough: it must not push out what else is known of the leaf.
  std::erase_if(facts.record->notes,
                [](const AttemptNote& n) { return n.reason == Reason::attempts_too_fast; });
  note(facts, Reason::attempts_too_fast, "its answer is held back");
  std::string id = facts.attempt.id.key();
  co_return co_await guard_.pace.wait(std::move(id), wait);
}

void Admission::count_refusal(Facts& facts, Reason reason) {
  facts.refused = true;
  ++tally_.refused;
  ++tally_.refused_by[reason];
}

Answer Admission::refuse(Facts& facts, Reason reason) {
  count_refusal(facts, reason);
  note(facts, reason);
  return refusal(reason);
}

// The leaf showed something that proves nothing. Who keeps doing so is not locked out, only cheaper.
Answer Admission::refuse_proof(Facts& facts, Reason reason) {
  const Attempt& attempt = facts.attempt;
  const bool is_false = is_false_proof(reason);
  // Behind the address of one who is kept out others live: they are not to suffer for it.
  const bool is_kept_out = reason == Reason::denied || reason == Reason::rejected_by_operator;
  if (is_false && !is_kept_out && guard_.sources != nullptr)
    guard_.sources->failed(attempt.source.address, SourceFault::authentication);
  facts.held =
      is_false && guard_.false_proofs.failed(attempt.source.address, attempt.id.key(), LoopClock::now());
  Answer answer = refuse(facts, reason);
  answer.last = facts.held || is_kept_out;
  return answer;
}

// Into the leaf's own notes where it is enrolled here, and a false proof also to what the doors remember of
// its source: the engineer may know only the one or the other.
void Admission::note(Facts& facts, Reason reason, std::string detail) {
  const Attempt& attempt = facts.attempt;
  if (reason == Reason::wrong_scope) detail = details("asked for the scope " + attempt.scope.text(), detail);
  if (reason == facts.judgement.verdict.reason)
    detail = details(std::move(detail), facts.judgement.verdict.detail);
  if (!facts.record || (!facts.proven() && is_false_proof(reason))) {
    DoorEvent event;
    event.source = attempt.source;
    event.reason = reason;
    event.step = step_of(attempt);
    event.detail = details(detail, "client " + bounded(attempt.client, client_kept));
    event.claimed_id = attempt.id.text();
    event.told = facts.record != nullptr;
    journal_.note(std::move(event));
  }
  if (!facts.record) return;
  if (facts.decision.provisional)
    detail = details(std::move(detail), "provisional: the gateway's clock is not trusted");
  AttemptNote n;
  n.at = facts.now.at;
  n.reason = reason;
  n.step = step_of(attempt);
  n.source = attempt.source.address;
  n.client = bounded(attempt.client, client_kept);
  n.unverified = !facts.proven();
  n.detail = std::move(detail);
  add_note(facts.record->notes, std::move(n));
  log_attempt(facts, reason);
}

void Admission::note_relayed(Facts& facts, const Answer& answer) {
  std::string said;
  if (answer.reason == Reason::service_refused)
    said = "nothing here can check it; the service says " + std::to_string(answer.status) + ": " +
           answer.message;
  note(facts, answer.reason, std::move(said));
}

void Admission::tell(const Facts& facts, Reason reason) {
  if (ports_.events == nullptr) return;
  Event event;
  event.at = facts.now.at;
  event.kind = EventKind::attempt;
  event.registration_id = facts.attempt.id.text();
  event.source = facts.attempt.source.address;
  event.reason = reason;
  event.step = step_of(facts.attempt);
  ports_.events->tell(std::move(event));
}

void Admission::log_attempt(const Facts& facts, Reason reason) {
  const Attempt& attempt = facts.attempt;
  if (facts.proven()) {
    tell(facts, reason);
    // A known leaf that comes again is no event: in a storm its line would cost more than its answer.
    const bool from_cache = facts.decision.action == Action::answer;
    log::write(from_cache ? log::Level::debug : log::Level::info, "attempt",
               {{"registration_id", attempt.id.text()},
                {"reason", code(reason)},
                {"transport", to_text(attempt.source.transport)},
                {"peer", attempt.source.address}});
    return;
  }
  if (reason == Reason::tpm_challenged || reason == Reason::challenge_relayed) {
    log::debug(
        "challenged",
        {{"registration_id", attempt.id.text()}, {"reason", code(reason)}, {"peer", attempt.source.address}});
    return;
  }
  if (facts.held) return;
  const auto left_out = guard_.log.line(attempt.source.address, LoopClock::now());
  if (!left_out) return;
  tell(facts, reason);
  // Not refused is one that is told to wait, or that the service judges.
  log::write(facts.refused ? log::Level::notice : log::Level::info,
             facts.refused ? "attempt refused" : "attempt",
             {{"registration_id", attempt.id.text()},
              {"reason", code(reason)},
              {"transport", to_text(attempt.source.transport)},
              {"peer", attempt.source.address},
              {"lines_left_out", *left_out}});
}

}  // namespace leafgate

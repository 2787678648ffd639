// Leaves with a TPM: who challenges them, and what their token then opens (semantics §2, §3).
#include <array>

#include "gateway/crypto/base64.hpp"
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/replies.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t challenge_key_octets = 32;
constexpr std::string_view challenge_message = "Authorization required, resend request using supplied key";

bool has_token(const Attempt& attempt) { return std::holds_alternative<SasEvidence>(attempt.evidence); }

}  // namespace

// What the leaf says of itself counts before what its TLS stack added, and the enrollment of its id before
// both.
bool Admission::comes_by_tpm(const Attempt& attempt, const Ledger::IndividualEnrollment& individual) {
  if (attempt.knock || attempt.lookup || (individual && individual->mechanism != Mechanism::tpm))
    return false;
  if (std::holds_alternative<CertificateEvidence>(attempt.evidence)) return false;
  if (attempt.operation && !individual) {
    const Ledger::Record record =
        opened_by_this_token(attempt) ? ports_.ledger.held(attempt.id.key()) : nullptr;
    return record && record->registration.assignment && is_learnt_by_tpm(*record->registration.assignment);
  }
  if (attempt.operation) return has_token(attempt);
  if (!attempt.request.tpm.empty()) return true;
  return has_token(attempt) && (individual || rounds_.any(attempt, LoopClock::now()));
}

Task<Result<void>> Admission::examine_tpm(Facts& facts, Ledger::IndividualEnrollment individual) {
  const RegistrationId id = facts.attempt.id;
  facts.individual = individual;
  if (individual) {
    auto record = co_await ports_.ledger.record(id);
    if (!record) co_return record.error();
    facts.record = *record;
  } else {
    auto record = co_await earned_by_tpm(id);
    if (!record) co_return record.error();
    facts.record = *record;
  }
  judge_tpm(facts, individual);
  const bool is_stranger = facts.judgement.enrolled == Enrolled::nothing;
  if (is_stranger) facts.record.reset();
  if (!is_stranger || facts.tpm.step != TpmStep::asks || !facts.tpm.shown) co_return Result<void>();
  auto other = co_await ports_.ledger.id_of_endorsement_key(facts.tpm.keys.endorsement_key);
  if (!other) co_return other.error();
  if (other->empty()) co_return Result<void>();
  facts.judgement.verdict.reason = Reason::tpm_key_of_another_id;
  facts.judgement.verdict.detail = "its endorsement key is enrolled here as " + *other;
  co_return Result<void>();
}

// The record of an id that nothing is enrolled for, if a TPM earned its assignment; else null, and nothing is
// remembered of a stranger's asking.
Task<Result<Ledger::Record>> Admission::earned_by_tpm(RegistrationId id) {
  Ledger::Record held = ports_.ledger.held(id.key());
  if (!held) {
    auto stored = co_await ports_.registrations.find(id.key());
    if (!stored) co_return stored.error();
    const bool is_one = *stored && (*stored)->registration.assignment;
    if (!is_one) co_return Ledger::Record();
    auto record = co_await ports_.ledger.record(id);
    if (!record) co_return record.error();
    held = *record;
  }
  const auto& assignment = held->registration.assignment;
  const bool learnt = assignment && is_learnt_by_tpm(*assignment);
  co_return learnt ? held : Ledger::Record();
}

void Admission::judge_tpm(Facts& facts, const Ledger::IndividualEnrollment& individual) {
  const Attempt& attempt = facts.attempt;
  Facts::Tpm& tpm = facts.tpm;
  tpm.keys = attempt.request.tpm;
  SasVerdict token;
  if (attempt.operation) {
    tpm.step = TpmStep::polls;
    tpm.is_claim = !opened_by_this_token(attempt);
  } else if (!has_token(attempt)) {
    tpm.step = TpmStep::asks;
    tpm.is_claim = true;
  } else {
    tpm.step = TpmStep::brings;
    auto found = rounds_.find(attempt, facts.now, LoopClock::now());
    tpm.round = std::move(found.round);
    token = std::move(found.verdict);
    if (tpm.round) tpm.keys = tpm.round->keys;
    tpm.is_claim = !tpm.round || !tpm.round->is_ours();
  }
  std::optional<Assignment> none;
  const auto& assignment = facts.record ? facts.record->registration.assignment : none;
  if (tpm.step == TpmStep::polls) {
    // Who opened it has shown its keys then; the enrollment decides whether it may go on.
    facts.judgement = Judgement();
    if (individual) facts.judgement = judgement_by(*individual, Enrolled::enabled, Verdict());
    if (!individual && facts.record) facts.judgement.enrolled = Enrolled::enabled;
    facts.judgement.by_tpm = true;
    if (!tpm.is_claim) facts.judgement.verdict.proof = Proof::good;
    if (assignment) facts.judgement.verdict.credential = assignment->credential;
    return;
  }
  auto shown = read_tpm_keys(tpm.keys);
  const bool may_lack_keys = tpm.step == TpmStep::brings && tpm.keys.empty();
  if (!may_lack_keys) {
    const Gatekeeper* const gate = ports_.gatekeeper;
    const OperatorWord* const word = gate != nullptr ? gate->word(attempt.id.key()) : nullptr;
    const bool approved = word != nullptr && word->lets_in();
    const bool learnt_count = policy_.unknown == UnknownPolicy::relay || approved;
    facts.judgement = judge_tpm_keys(tpm.keys, shown, individual, assignment, learnt_count);
  } else {
    facts.judgement = Judgement();
    if (individual) facts.judgement = judgement_by(*individual, Enrolled::enabled, Verdict());
    facts.judgement.by_tpm = true;
  }
  if (shown) tpm.shown = std::move(*shown);
  if (tpm.step == TpmStep::brings && token.proof == Proof::proven_false) facts.judgement.verdict = token;
}

// What decide() must know beside what it knows of every leaf.
void Admission::weigh_tpm(Facts& facts) {
  Situation& situation = facts.situation;
  situation.by_tpm = true;
  Facts::Tpm& tpm = facts.tpm;
  if (tpm.step == TpmStep::polls) return;
  const std::string& key = facts.attempt.id.key();
  const bool relayed_round = tpm.round && !tpm.round->is_ours();
  if (relayed_round || !facts.record || !tpm.shown || rounds_.distrusts(key, LoopClock::now())) {
    situation.known = Known::nothing;  // who began a round ends it
    return;
  }
  const auto& assignment = facts.record->registration.assignment;
  const bool bare = tpm.is_bare(facts.request_digest);
  if (assignment && bare) {
    Asked same;
    same.digest = assignment->request_digest;
    situation.change = change_since(*assignment, facts.judgement, same, situation.service_up);
  }
  const bool same_storage = assignment && assignment->tpm_storage == tpm.shown->storage.digest;
  if (!same_storage) situation.change = Change::changed;
  if (assignment) note_how_tpm_came(facts);
  if (tpm.round) situation.keeps_coming_back = false;
  tpm.hub_key = hub_key_of(facts);
  if (tpm.hub_key.empty()) situation.known = Known::nothing;
}

// While the service is away a leaf that asks with a new storage root key is not challenged, and never proves
// more than its asking does: for a forecast that has to do.
void Admission::note_how_tpm_came(const Facts& facts) {
  const bool is_its_own =
      facts.judgement.verdict.proof == Proof::good && (facts.tpm.step == TpmStep::asks || facts.proven());
  if (!is_its_own) return;
  // A bare asking says nothing of what it asks for.
  const Ledger::CameAs* before = ports_.ledger.came_otherwise(facts.attempt.id.key());
  const bool is_as_before = facts.situation.change == Change::unchanged && before != nullptr &&
                            before->tpm_storage == facts.tpm.shown->storage.digest;
  if (is_as_before && facts.tpm.is_bare(facts.request_digest)) return;
  note_how_it_came(facts);
}

// Empty when it is not held, or cannot be told now.
crypto::Secret Admission::hub_key_of(const Facts& facts) {
  const auto& assignment = facts.record->registration.assignment;
  if (!assignment || !assignment->tpm_key) return {};
  auto opened = ports_.trust.unseal(*assignment->tpm_key, tpm_key_row(facts.attempt.id));
  if (opened) return std::move(*opened);
  const auto& round = facts.tpm.round;
  if (round && round->is_ours() && round->sealed_hub_key == *assignment->tpm_key)
    return round->hub_key.copy();
  return {};
}

Task<Answer> Admission::answer_tpm(Facts& facts) {
  const bool asks = facts.tpm.step == TpmStep::asks;
  switch (facts.decision.action) {
    case Action::answer:
      if (asks) co_return challenge_here(facts);
      co_return end_round(facts);
    case Action::relay: {
      if (asks) co_return co_await challenge_there(facts);
      if (facts.tpm.round && facts.tpm.round->is_ours()) break;
      facts.attempt.request.tpm = facts.tpm.keys;
      Answer answer = co_await relay(facts);
      co_return answer;
    }
    case Action::hold:
      co_return refuse(facts, facts.decision.reason);
    case Action::end_disabled:
      note(facts, facts.decision.reason);
      co_return wait_in_memory(facts, operation_ids_.of_unwritten(facts.attempt.id.key()));
    default:
      break;
  }
  co_return refuse(facts, Reason::needs_service);
}

Answer Admission::challenge_here(Facts& facts) {
  TpmRound round;
  round.keys = facts.tpm.keys;
  round.key = crypto::Secret(challenge_key_octets);
  ports_.random.fill(round.key.writable());
  round.sealed_hub_key = *facts.record->registration.assignment->tpm_key;
  round.hub_key = std::move(facts.tpm.hub_key);
  const std::string uri = policy_.id_scope.text() + "/registrations/" + facts.attempt.id.text();
  const auto fill = [this](std::span<std::uint8_t> out) { ports_.random.fill(out); };
  const ShownTpm& shown = *facts.tpm.shown;
  const auto blob = make_challenge(shown.endorsement, shown.storage, fill, round.key, uri);
  if (!blob) return refuse_proof(facts, Reason::tpm_keys_malformed);
  rounds_.open(facts.attempt, std::move(round), LoopClock::now());
  note(facts, Reason::tpm_challenged);
  return challenged(crypto::base64::encode(*blob), std::string(challenge_message), Reason::tpm_challenged);
}

Task<Answer> Admission::challenge_there(Facts& facts) {
  const std::string key = facts.attempt.id.key();
  const bool third_knock = facts.decision.reason == Reason::keeps_coming_back;
  if (facts.judgement.verdict.reason == Reason::tpm_key_of_another_id) {
    // Endorsement keys are no secret: whoever knows one could fill the log with this.
    const auto left_out = guard_.log.line(facts.attempt.source.address, LoopClock::now());
    if (left_out)
      log::warning("an endorsement key came with another id",
                   {{"registration_id", facts.attempt.id.text()},
                    {"reason", code(Reason::tpm_key_of_another_id)},
                    {"peer", facts.attempt.source.address},
                    {"detail", facts.judgement.verdict.detail},
                    {"lines_left_out", *left_out}});
    note(facts, Reason::tpm_key_of_another_id);
  }
  Attempt attempt = facts.attempt;
  Answer answer = co_await relays_.challenge(std::move(attempt));
  if (third_knock) knocks_.forwarded(key, LoopClock::now());
  if (!answer.authentication_key.empty()) {
    TpmRound round;
    round.keys = facts.tpm.keys;
    rounds_.open(facts.attempt, std::move(round), LoopClock::now());
    rounds_.trust_again(key);
    note(facts, third_knock ? Reason::keeps_coming_back : Reason::challenge_relayed);
    co_return answer;
  }
  // What is known needs no service.
  if (answer.status == 503 && third_knock && !facts.tpm.hub_key.empty()) co_return challenge_here(facts);
  count_refusal(facts, answer.reason);
  note_relayed(facts, answer);
  co_return answer;
}

Answer Admission::end_round(Facts& facts) {
  rounds_.spend(facts.attempt, facts.tpm.round);
  Answer answer = answer_from_cache(facts);
  if (answer.status == 200) answer.authentication_key = as_text(facts.tpm.hub_key.view());
  return answer;
}

// An assignment is whole only with it: while it cannot be told, the leaf goes on asking.
void Admission::add_hub_key(const Facts& facts, Answer& answer) {
  const auto& assignment = facts.record->registration.assignment;
  const bool wants = answer.status == 200 && assignment && assignment->tpm_key;
  if (!wants) return;
  const crypto::Secret key = hub_key_of(facts);
  if (key.empty()) answer = assigning(*facts.attempt.operation, Reason::trust_pending);
  answer.authentication_key = as_text(key.view());
}

}  // namespace leafgate

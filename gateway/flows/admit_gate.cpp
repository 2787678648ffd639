// Who is kept out or kept waiting whatever it proves: deny lists, operators' words, and the guard against
// swapped and copied leaves (semantics §3).
#include <algorithm>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/x509.hpp"
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/swapped.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

const crypto::CertificateChain* chain_of(const Attempt& attempt) {
  const auto* shown = std::get_if<CertificateEvidence>(&attempt.evidence);
  return shown != nullptr ? shown->chain.get() : nullptr;
}

// Whatever it holds: what is no key is no entry of a list either.
std::string digest_of_key(const std::string& base64_text) {
  if (base64_text.empty()) return {};
  const auto octets = crypto::base64::decode(base64_text);
  return octets ? crypto::hex(crypto::sha256(*octets)) : std::string();
}

// By what the leaf can be told from another one with its name, proved or not.
std::string fingerprint_of(const Attempt& attempt, const Judgement& judgement, const Shown& shown) {
  if (!judgement.verdict.credential.empty()) return judgement.verdict.credential;
  const crypto::CertificateChain* chain = chain_of(attempt);
  return chain != nullptr ? chain->leaf().sha256() : shown.endorsement_key;
}

Mechanism mechanism_of(const Attempt& attempt, const Judgement& judgement) {
  if (chain_of(attempt) != nullptr) return Mechanism::x509;
  return judgement.by_tpm ? Mechanism::tpm : Mechanism::symmetric_key;
}

}  // namespace

Shown Admission::shown_by(const Facts& facts) {
  Shown out;
  out.id = facts.attempt.id.key();
  if (const auto* shown = std::get_if<CertificateEvidence>(&facts.attempt.evidence)) out.chain = shown->chain;
  const std::string& key = facts.tpm.keys.endorsement_key;
  out.endorsement_key = digest_of_key(key.empty() ? facts.attempt.request.tpm.endorsement_key : key);
  // A poll names no key; who opened its operation has shown the one that is known.
  if (out.endorsement_key.empty() && facts.judgement.by_tpm)
    out.endorsement_key = facts.judgement.verdict.credential;
  if (out.endorsement_key.empty() && facts.individual)
    out.endorsement_key = digest_of_key(facts.individual->endorsement_key);
  return out;
}

// The enrollment that decided, where it is one that is held.
const Enrollment* Admission::deciding(const Facts& facts) {
  const std::string& id = facts.judgement.enrollment_id;
  if (id.empty()) return nullptr;
  if (facts.individual && reference(*facts.individual) == id) return facts.individual.get();
  if (!facts.groups) return nullptr;
  const auto found = std::find_if(facts.groups->begin(), facts.groups->end(),
                                  [&id](const Enrollment& group) { return reference(group) == id; });
  return found == facts.groups->end() ? nullptr : &*found;
}

// Before a proof counts for anything: who is kept out takes over nobody's connection.
Reason Admission::barred(Facts& facts) {
  weigh_gate(facts);
  if (facts.situation.denied) return Reason::denied;
  return facts.situation.rejected ? Reason::rejected_by_operator : Reason::none;
}

void Admission::weigh_gate(Facts& facts) {
  Gatekeeper* const gate = ports_.gatekeeper;
  if (gate == nullptr) return;
  const Attempt& attempt = facts.attempt;
  Situation& situation = facts.situation;
  const Shown shown = shown_by(facts);
  if (!attempt.knock) gate->connections.note(attempt.presence, shown);
  const bool may_lack_authorities = shown.chain && facts.groups;
  std::span<const EnrolledAuthority> authorities;
  if (may_lack_authorities) authorities = authorities_.of(facts.groups);
  situation.denied = gate->denied.denies(shown, authorities);

  const std::string fingerprint = fingerprint_of(attempt, facts.judgement, shown);
  const OperatorWord* word = gate->word(shown.id);
  const bool of_this = word != nullptr && (word->credential.empty() || word->credential == fingerprint);
  situation.rejected = word != nullptr && !word->approved && of_this;
  situation.approved = word != nullptr && word->lets_in();
  situation.contested = Reason::none;
  if (doubt_ != Reason::none) return;
  const bool shows_good = facts.proven() || facts.tpm.step == TpmStep::asks;
  if (!shows_good) return;
  if (gate->contested(shown.id) != nullptr) situation.contested = Reason::two_places_at_once;
  if (!facts.record || !facts.record->registration.assignment) return;
  const Assignment& earned = *facts.record->registration.assignment;
  // As it is with nearly all.
  if (earned.credential.empty() || earned.credential == facts.judgement.verdict.credential) return;
  const bool is_accepted = word != nullptr && !word->accepts().empty() && word->accepts() == fingerprint;
  if (!is_accepted && is_swapped(earned, facts.judgement, deciding(facts)))
    situation.contested = Reason::credential_swapped;
}

// Listed for the operator; the first time it is an alarm.
void Admission::note_held(const Facts& facts) {
  Gatekeeper* const gate = ports_.gatekeeper;
  const Attempt& attempt = facts.attempt;
  if (gate == nullptr || attempt.knock) return;
  const bool holds = facts.decision.action == Action::hold;
  if (!holds && gate->held.size() == 0) return;  // as it is nearly always
  const std::string fingerprint = fingerprint_of(attempt, facts.judgement, shown_by(facts));
  if (!holds) {
    if (facts.proven()) gate->held.settled(attempt.id.key(), attempt.source.address, fingerprint);
    return;
  }
  HeldLeaf leaf;
  leaf.registration_id = attempt.id.text();
  leaf.reason = facts.decision.reason;
  leaf.source = attempt.source.address;
  leaf.client = bounded(attempt.client, client_kept);
  leaf.mechanism = mechanism_of(attempt, facts.judgement);
  leaf.fingerprint = fingerprint;
  if (facts.tpm.shown) leaf.endorsement_key = facts.tpm.keys.endorsement_key;  // so it is of a key's length
  leaf.enrollment_id = facts.judgement.enrollment_id;
  leaf.since = leaf.last = facts.now.at;
  if (leaf.reason == Reason::credential_swapped)
    leaf.earned_by = facts.record->registration.assignment->credential;
  if (const Contest* contest = gate->contested(attempt.id.key())) leaf.other_place = contest->other_place;
  const bool is_new = gate->held.note(leaf, LoopClock::now());
  if (!is_new || leaf.reason == Reason::held_for_approval) return;
  ++gate->alarms;
  log::warning("a leaf is held: it may be a copy", {{"registration_id", leaf.registration_id},
                                                    {"reason", code(leaf.reason)},
                                                    {"peer", leaf.source},
                                                    {"shows", leaf.fingerprint},
                                                    {"earned_by", leaf.earned_by},
                                                    {"other_place", leaf.other_place}});
}

// Its connections end each other again and again, from two places: no half-dead connection does that.
void Admission::note_two_places(const Facts& facts, const Takeovers::Claim& claim) {
  if (ports_.gatekeeper == nullptr || !claim.two_places) return;
  ports_.gatekeeper->contest(facts.attempt.id.key(), claim.from);
}

void Admission::end_denied_relays(const std::function<bool(const Shown&)>& which) {
  relays_.bar([&which](const Attempt& attempt) {
    Shown shown;
    shown.id = attempt.id.key();
    if (const auto* chain = std::get_if<CertificateEvidence>(&attempt.evidence)) shown.chain = chain->chain;
    shown.endorsement_key = digest_of_key(attempt.request.tpm.endorsement_key);
    return which(shown);
  });
}

}  // namespace leafgate

#include "gateway/flows/judge.hpp"

#include <vector>

#include "gateway/attestation/leaf_proof.hpp"
#include "gateway/attestation/match.hpp"
#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/keys.hpp"

namespace leafgate {
namespace {

std::string_view token_of(const Evidence& evidence) {
  const auto* sas = std::get_if<SasEvidence>(&evidence);
  return sas ? std::string_view(sas->token) : std::string_view();
}

// By these keys, whatever the leaf shows for itself.
SasVerdict judge_proof(const Attempt& attempt, std::span<const CandidateKey> candidates, WallReading now,
                       bool opened) {
  if (const auto* mac = std::get_if<MacEvidence>(&attempt.evidence))
    return judge_mac(*mac, attempt.id, candidates);
  return judge_sas(token_of(attempt.evidence), attempt.scope, attempt.id, candidates, now, opened);
}

// Tells also whether any of the keys has signed.
SasVerdict judge_by_keys(const Attempt& attempt, const Result<DeviceKeys>& keys, WallReading now,
                         bool opened) {
  if (!keys) {
    SasVerdict verdict;
    verdict.proof = keys.error().code == Errc::throttled ? Proof::pending : Proof::not_checkable;
    if (verdict.proof == Proof::not_checkable) verdict.reason = Reason::enrollment_without_key;
    return verdict;
  }
  std::vector<CandidateKey> candidates;
  candidates.reserve(keys->keys.size());
  for (const HeldKey& held : keys->keys) candidates.push_back({held.key.view(), held.secondary});
  return judge_proof(attempt, candidates, now, opened);
}

// None of the keys that are known has signed, and there are others.
void await_rest(SasVerdict& verdict, Derived derived) {
  const bool is_false_by_any = verdict.proof == Proof::proven_false && verdict.reason != Reason::wrong_key;
  if (is_false_by_any) return;
  verdict.proof = derived == Derived::settled ? Proof::proven_false : Proof::pending;
  verdict.reason = derived == Derived::settled   ? Reason::wrong_key
                   : derived == Derived::crowded ? Reason::derivations_full
                                                 : Reason::none;
}

// Whether it says more about why nothing proved the leaf than what was found before.
bool says_more(const Verdict& verdict, const Verdict& before) {
  if (verdict.proof == Proof::pending) return true;  // it may prove it yet
  return before.proof != Proof::proven_false && before.proof != Proof::pending;
}

Judgement judge_individual(const Attempt& attempt, const Enrollment& enrollment, Trust& trust,
                           WallReading now, bool opened) {
  if (enrollment.mechanism != Mechanism::symmetric_key) {
    const bool carries_token = !proof_of(attempt.evidence).empty();
    const bool mismatch = enrollment.mechanism == Mechanism::x509 && carries_token;
    return judgement_by(
        enrollment, Enrolled::without_key,
        verdict_of(mismatch ? Proof::proven_false : Proof::not_checkable, Reason::mechanism_mismatch));
  }
  const auto keys = device_keys(enrollment, attempt.id, trust);
  if (keys && keys->keys.empty())
    return judgement_by(enrollment, Enrolled::without_key, verdict_of(Proof::not_checkable, Reason::none));
  SasVerdict verdict = judge_by_keys(attempt, keys, now, opened);
  // By a key that was rotated at the service and is not known here yet, it may be.
  const bool may_be_good =
      has_old_keys(enrollment) && verdict.proof == Proof::proven_false && verdict.reason == Reason::wrong_key;
  if (may_be_good)
    return judgement_by(enrollment, Enrolled::without_key, verdict_of(Proof::not_checkable, Reason::none));
  return judgement_by(enrollment, Enrolled::enabled, std::move(verdict));
}

}  // namespace

Verdict verdict_of(Proof proof, Reason reason, std::string detail) {
  Verdict verdict;
  verdict.proof = proof;
  verdict.reason = reason;
  verdict.detail = std::move(detail);
  return verdict;
}

Judgement judgement_by(const Enrollment& enrollment, Enrolled enrolled, Verdict verdict) {
  Judgement judgement;
  judgement.enrolled = enrollment.enabled ? enrolled : Enrolled::disabled;
  judgement.verdict = std::move(verdict);
  judgement.enrollment_id = reference(enrollment);
  judgement.enrollment_etag = enrollment.etag;
  judgement.gateway_host_name = enrollment.gateway_host_name;
  judgement.offline_max_age = enrollment.offline_max_age;
  if (may_be_told_ahead(enrollment, std::nullopt)) judgement.only_hub = enrollment.only_hub;
  judgement.device_id = enrollment.device_id;
  return judgement;
}

Judgement judge(const Attempt& attempt, const Ledger::IndividualEnrollment& individual,
                const Ledger::Groups& groups, Trust& trust, WallReading now, bool opened, Derived derived) {
  if (individual) return judge_individual(attempt, *individual, trust, now, opened);

  Judgement best;  // of the groups none of which proved the leaf: the one that says most about why
  best.verdict = judge_proof(attempt, {}, now, opened);
  if (proof_of(attempt.evidence).empty()) best.verdict = verdict_of(Proof::not_checkable, Reason::none);
  const Match match = match_symmetric(std::nullopt, *groups, attempt.id.key());
  for (const Enrollment* group : match.enrollments) {
    const auto keys = device_keys(*group, attempt.id, trust);
    if (keys && keys->keys.empty() && !keys->missing) {
      if (best.enrolled == Enrolled::nothing) best.enrolled = Enrolled::without_key;
      continue;
    }
    SasVerdict verdict = judge_by_keys(attempt, keys, now, opened);
    // Whose key has signed decides, also when the token is too old or the group disabled.
    if (verdict.candidate != SasVerdict::none)
      return judgement_by(*group, Enrolled::enabled, std::move(verdict));
    if (keys && keys->missing) await_rest(verdict, derived);
    const bool may_be_another = group->match.empty() || has_old_keys(*group);
    if (verdict.reason == Reason::wrong_key && may_be_another) verdict.proof = Proof::not_checkable;
    if (!says_more(verdict, best.verdict)) continue;
    best = judgement_by(*group, Enrolled::enabled, std::move(verdict));
    best.enrolled = Enrolled::enabled;  // a disabled group decides only over leaves it can prove
    best.gateway_host_name.clear();     // and so does what it hands out
  }
  return best;
}

std::string digest_of(const RegistrationRequest& request) {
  if (request.payload.empty() && request.csr.empty()) return {};
  std::string text = request.payload;
  text += '\0';
  text += request.csr;
  return crypto::hex(crypto::sha256(as_bytes(text)));
}

Change change_since(const Assignment& assignment, const Judgement& judgement, const Asked& asked,
                    bool service_up) {
  const bool out_of_sight = assignment.credential.empty();
  const bool by_any = out_of_sight && judgement.by_certificate && assignment.enrollment_id.empty();
  const bool same_enrollment = assignment.enrollment_id == judgement.enrollment_id &&
                               assignment.enrollment_etag == judgement.enrollment_etag;
  const bool now_enrolled = judgement.by_tpm && assignment.enrollment_id.empty();
  if (!by_any && !now_enrolled && !same_enrollment) return Change::changed;
  if (out_of_sight) {
    const bool asks_with_payload = service_up && !judgement.by_certificate && !asked.digest.empty();
    return asked.for_certificate || asks_with_payload ? Change::changed : Change::unchanged;
  }
  if (assignment.request_digest != asked.digest) return Change::changed;
  return assignment.credential == judgement.verdict.credential ? Change::unchanged : Change::renewed;
}

}  // namespace leafgate

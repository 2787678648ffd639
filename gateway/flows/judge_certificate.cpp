#include "gateway/flows/judge_certificate.hpp"

namespace leafgate {
namespace {

Verdict not_good(Proof proof, Reason reason) {
  Verdict verdict;
  verdict.proof = proof;
  verdict.reason = reason;
  return verdict;
}

Judgement judge_individual(const crypto::CertificateChain& chain, const RegistrationId& id,
                           const Enrollment& enrollment, WallReading now) {
  if (enrollment.mechanism != Mechanism::x509) {
    // A disabled record of any type is how DPS shuts one device of a group out: then that is the reason.
    const Proof proof = enrollment.enabled ? Proof::proven_false : Proof::not_checkable;
    return judgement_by(enrollment, Enrolled::without_key, not_good(proof, Reason::mechanism_mismatch));
  }
  Verdict verdict =
      judge_enrolled_leaf(chain, id, enrollment.primary_certificate, enrollment.secondary_certificate, now);
  const bool held = enrollment.primary_certificate || enrollment.secondary_certificate;
  if (held) {
    const bool is_good = verdict.proof == Proof::good || verdict.proof == Proof::good_by_untrusted_clock;
    Judgement judgement = judgement_by(enrollment, Enrolled::enabled, std::move(verdict));
    if (is_good) judgement.ends = ProofEnds{chain.leaf().not_after(), std::nullopt};
    return judgement;
  }
  // What no enrollment of this id could accept is wrong, whichever certificate the service has of it.
  if (verdict.reason == Reason::leaf_certificate_not_enrolled)
    verdict = not_good(Proof::not_checkable, Reason::none);
  return judgement_by(enrollment, Enrolled::without_key, std::move(verdict));
}

}  // namespace

Judgement judgement_of_false_signature() {
  Judgement judgement;
  judgement.by_certificate = true;
  judgement.verdict = not_good(Proof::proven_false, Reason::link_proof_false);
  return judgement;
}

Judgement judge_certificate(const crypto::CertificateChain& chain, const RegistrationId& id,
                            const Ledger::IndividualEnrollment& individual, const Ledger::Groups& groups,
                            std::span<const EnrolledAuthority> authorities, WallReading now) {
  if (individual) {
    Judgement judgement = judge_individual(chain, id, *individual, now);
    judgement.by_certificate = true;
    return judgement;
  }
  PathVerdict verdict = judge_path(chain, id, authorities, now);
  Judgement judgement;
  if (!verdict.authority) {
    judgement.verdict = std::move(verdict);
  } else {
    const Enrollment& group = (*groups)[authorities[*verdict.authority].group];
    if (!matches(group, id.key())) {
      judgement.verdict = not_good(Proof::not_checkable, Reason::unknown_enrollment);
    } else {
      const std::optional<ProofEnds> ends = verdict.ends;
      judgement = judgement_by(group, Enrolled::enabled, std::move(verdict));
      judgement.ends = ends;
    }
  }
  judgement.by_certificate = true;
  return judgement;
}

}  // namespace leafgate

#include "gateway/flows/what_if.hpp"

#include <algorithm>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/judge_tpm.hpp"
#include "gateway/flows/keys.hpp"

namespace leafgate {
namespace {

Enrolled enrolled_by(const Enrollment& enrollment, Secrets secrets) {
  // A group that is disabled decides only over leaves that it can prove.
  const bool decides = enrollment.kind == EnrollmentKind::individual || secrets == Secrets::open;
  if (!enrollment.enabled && decides) return Enrolled::disabled;
  const bool key_held = enrollment.primary_key || enrollment.secondary_key;
  const bool certificate_held = enrollment.primary_certificate || enrollment.secondary_certificate;
  if (enrollment.mechanism == Mechanism::symmetric_key && key_held)
    return secrets == Secrets::lost ? Enrolled::without_key : Enrolled::enabled;
  if (enrollment.mechanism == Mechanism::x509 && certificate_held) return Enrolled::enabled;
  if (enrollment.mechanism == Mechanism::tpm && !enrollment.endorsement_key.empty()) return Enrolled::enabled;
  return Enrolled::without_key;
}

// Of a leaf that was never assigned: the one group of its kind that may take it, symmetric keys where nothing
// says that it has a certificate. Which of several, only what it shows tells. Of one whose assignment the
// service told, and nothing of what the leaf shows: the one group of certificates that names its like.
const Enrollment* only_group(const Registration& registration, const std::vector<Enrollment>& groups,
                             bool by_certificate) {
  const bool never_seen = registration.assignment.has_value();
  const Mechanism mechanism = never_seen || by_certificate ? Mechanism::x509 : Mechanism::symmetric_key;
  const Enrollment* out = nullptr;
  for (const Enrollment& group : groups) {
    const bool names_it = !never_seen || !group.match.empty();
    const bool takes = group.mechanism == mechanism && names_it && matches(group, registration.id.key());
    if (!takes) continue;
    if (out != nullptr) return nullptr;
    out = &group;
  }
  return out;
}

bool earned_with(const Assignment& assignment, const std::string& endorsement_key) {
  const auto octets = crypto::base64::decode(endorsement_key);
  return octets && assignment.credential == crypto::hex(crypto::sha256(*octets));
}

// A TPM is answered here by what the service once gave to it, and a learnt one has no enrollment.
bool is_learnt(const Registration& registration, const Enrollment* by, const Policy& policy, bool approved) {
  const bool learnt_count = policy.unknown == UnknownPolicy::relay || approved;
  return by == nullptr && learnt_count && registration.assignment &&
         is_learnt_by_tpm(*registration.assignment);
}

// What the leaf shows is taken to be what earned its assignment; one that a relay or a tunnel taught names no
// enrollment, and a certificate that is good here is then good for it (change_since).
bool is_unchanged(const Assignment& assignment, const Enrollment& by) {
  if (by.mechanism == Mechanism::tpm && !earned_with(assignment, by.endorsement_key)) return false;
  if (by.mechanism == Mechanism::tpm && assignment.enrollment_id.empty()) return true;
  if (by.mechanism == Mechanism::x509 && assignment.enrollment_id.empty()) return true;
  return is_called(by, assignment.enrollment_id) && assignment.enrollment_etag == by.etag;
}

}  // namespace

const Enrollment* voucher(const Registration& registration, const Enrollment* individual,
                          const std::vector<Enrollment>& groups, bool by_certificate) {
  if (individual != nullptr) return individual;
  const auto& assignment = registration.assignment;
  const bool is_named = assignment && (!assignment->enrollment_id.empty() || !assignment->credential.empty());
  if (!is_named) return only_group(registration, groups, by_certificate);
  const std::string& last = assignment->enrollment_id;
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Enrollment& group) {
    return is_called(group, last) && matches(group, registration.id.key());
  });
  return found == groups.end() ? nullptr : &*found;
}

Decision without_uplink(const Registration& registration, const Enrollment* by, PoweredTime powered,
                        WallReading now, const Policy& policy, Reason doubt, const CameLast& came) {
  Situation situation;
  situation.doubt = doubt;
  situation.service_up = false;
  if (by != nullptr) situation.enrolled = enrolled_by(*by, came.secrets);
  situation.by_certificate = by != nullptr && by->mechanism == Mechanism::x509;
  const bool learnt = is_learnt(registration, by, policy, came.approved);
  situation.by_tpm = learnt || (by != nullptr && by->mechanism == Mechanism::tpm);
  if (learnt) situation.enrolled = Enrolled::enabled;
  // What a TPM proves is as young as the challenge it opened, whatever the time is.
  const bool needs_time = now.quality == ClockQuality::unsynced && !situation.by_tpm;
  if (situation.enrolled == Enrolled::enabled)
    situation.verdict.proof = needs_time ? Proof::good_by_untrusted_clock : Proof::good;
  // One that a TPM proves needs no key held here, but for its hub.
  const bool is_unjudged = came.secrets == Secrets::locked && !situation.by_tpm;
  if (situation.enrolled == Enrolled::enabled && is_unjudged) situation.verdict.proof = Proof::pending;
  const bool is_untaken = situation.by_certificate && came.untaken != Reason::none;
  if (is_untaken) {
    situation.enrolled = Enrolled::nothing;
    situation.verdict.proof = Proof::not_checkable;
    situation.verdict.reason = came.untaken;
  } else if (situation.by_certificate && has_ended(came.end, now)) {
    situation.verdict.proof = Proof::proven_false;
    situation.verdict.reason = Reason::leaf_certificate_expired;
  }
  if ((by != nullptr || learnt) && registration.assignment) {
    const Assignment& assignment = *registration.assignment;
    const bool whole = !situation.by_tpm || (assignment.tpm_key && came.secrets == Secrets::open);
    if (whole) situation.known = how_known(assignment, powered, now, policy, trust_of(by, policy));
    situation.told_ahead = assignment.provisional;
    situation.change =
        !came.otherwise && (learnt || is_unchanged(assignment, *by)) ? Change::unchanged : Change::changed;
  }
  if (by != nullptr) situation.one_hub = may_be_told_ahead(*by, registration.outcome);
  Decision told = decide(situation, policy);
  if (is_untaken && told.reason == Reason::unknown_offline) told.reason = came.untaken;
  return told;
}

bool is_answered(const Decision& decision) {
  return decision.action == Action::answer || decision.action == Action::answer_and_refresh ||
         decision.action == Action::answer_ahead;
}

}  // namespace leafgate

#include "gateway/flows/decide.hpp"

#include <algorithm>

#include "gateway/model/dns_name.hpp"

namespace leafgate {
namespace {

Decision decided(Action action, Reason reason) {
  Decision decision;
  decision.action = action;
  decision.reason = reason;
  return decision;
}

Reason forward_reason(const Situation& s) {
  if (s.known == Known::nothing) return Reason::forwarded_new;
  if (s.change == Change::renewed) return Reason::credential_renewed;
  if (s.change == Change::changed) return Reason::forwarded_changed;
  return Reason::keeps_coming_back;
}

bool can_go_through(const Situation& s) {
  return s.service_up && (s.signs || s.passing == Passing::possible);
}

// What only the leaf itself can settle, by a connection of its own to the service.
Decision decide_by_own_connection(const Situation& s) {
  if (s.signs && s.service_up) return decided(Action::relay, Reason::signed_by_leaf);
  if (can_go_through(s)) return decided(Action::send_through, Reason::sent_through);
  if (s.service_up && s.passing == Passing::shared_address)
    return decided(Action::wait_unwritten, Reason::certificate_behind_shared_address);
  // However often it comes: only who lays the way can help.
  if (s.service_up && s.passing != Passing::on_a_link)
    return decided(Action::wait_unwritten, Reason::certificate_not_passed);
  return decided(Action::wait_unwritten, Reason::needs_the_leaf);
}

// Rows 4 to 9 for a certificate: its proof cannot be shown to the service by anybody but the leaf.
Decision decide_certificate(const Situation& s, const Policy& policy) {
  const bool unchanged = s.known != Known::nothing && s.change == Change::unchanged;
  if (!unchanged || (s.keeps_coming_back && can_go_through(s))) return decide_by_own_connection(s);
  if (s.known == Known::fresh) return decided(Action::answer, Reason::answered_from_cache);
  if (s.known == Known::stale)
    return decided(Action::answer,
                   s.service_up ? Reason::answered_from_cache : Reason::answered_stale_service_down);
  // There is no refreshing behind it: where its own connection cannot go through, it would wait forever.
  if (!can_go_through(s) && policy.beyond == BeyondPolicy::serve)
    return decided(Action::answer, Reason::answered_beyond_trust);
  return decide_by_own_connection(s);
}

// What has to be done live and cannot: not even begun.
Decision decide_live(const Situation& s, Reason why) {
  return s.service_up ? decided(Action::relay, why) : decided(Action::refuse, Reason::needs_service);
}

// Rows 4 to 9 for a TPM. A stale answer is not refreshed behind it: that takes the leaf itself.
Decision decide_tpm(const Situation& s, const Policy& policy) {
  const bool unchanged = s.known != Known::nothing && s.change == Change::unchanged;
  if (!unchanged) return decide_live(s, Reason::relayed);
  if (s.keeps_coming_back && s.service_up) return decided(Action::relay, Reason::keeps_coming_back);
  if (s.known == Known::fresh) return decided(Action::answer, Reason::answered_from_cache);
  if (s.known == Known::stale)
    return decided(Action::answer,
                   s.service_up ? Reason::answered_from_cache : Reason::answered_stale_service_down);
  if (!s.service_up && policy.beyond == BeyondPolicy::serve)
    return decided(Action::answer, Reason::answered_beyond_trust);
  return decide_live(s, Reason::relayed);
}

// Rows 4 to 9: the proof is good and the enrollment enabled.
Decision decide_proven(const Situation& s, const Policy& policy) {
  if (s.by_tpm) return decide_tpm(s, policy);
  if (s.by_certificate) return decide_certificate(s, policy);
  const bool unchanged = s.known != Known::nothing && s.change == Change::unchanged;
  if (s.told_ahead &&
      s.service_up)  // its row is on the way already: what it hears next is the service's word
    return decided(Action::forward, unchanged ? Reason::forwarded_new : forward_reason(s));
  if (s.told_ahead && unchanged)  // it rests on its enrollment, not on a confirmation that could grow old
    return decided(Action::answer, Reason::provisional_assignment);
  if (unchanged && s.service_up && s.keeps_coming_back)
    return decided(Action::forward, Reason::keeps_coming_back);
  if (unchanged && s.known == Known::fresh) return decided(Action::answer, Reason::answered_from_cache);
  if (unchanged && s.service_up)
    return decided(Action::answer_and_refresh, Reason::answered_stale_refresh_behind);
  if (unchanged && s.known == Known::stale)
    return decided(Action::answer_and_refresh, Reason::answered_stale_service_down);
  if (unchanged && policy.beyond == BeyondPolicy::serve)
    return decided(Action::answer_and_refresh, Reason::answered_beyond_trust);
  if (s.service_up) return decided(Action::forward, forward_reason(s));
  if (unchanged) return decided(Action::queue, Reason::beyond_trust_queued);
  if (s.one_hub && s.known == Known::nothing && s.verdict.proof == Proof::good)
    return decided(Action::answer_ahead, Reason::provisional_assignment);
  return decided(Action::queue, Reason::queued_offline);
}

// Rows 3a to 9 while the store is in doubt: as if nothing were known. While the keys are locked as well, the
// leaf's own token must do.
Decision decide_in_doubt(const Situation& s) {
  if (s.by_tpm) return decide_live(s, Reason::relayed);
  if (!s.service_up) return decided(Action::wait_unwritten, s.doubt);
  if (s.by_certificate) return decide_by_own_connection(s);
  if (s.verdict.proof == Proof::pending) return decided(Action::relay, Reason::relayed);
  return decided(Action::forward, Reason::forwarded_new);
}

// Rows 10 and 11: nothing here can check the leaf.
Decision decide_unknown(const Situation& s, const Policy& policy) {
  Reason why =
      s.enrolled == Enrolled::without_key ? Reason::enrollment_without_key : Reason::unknown_enrollment;
  // A group that takes every id was asked and said no: that is nearer to the truth than "not enrolled".
  if (s.verdict.reason != Reason::none) why = s.verdict.reason;
  if (policy.unknown == UnknownPolicy::refuse && !s.approved) return decided(Action::refuse, why);
  if (!s.service_up && s.by_tpm) return decided(Action::refuse, Reason::needs_service);
  if (!s.service_up) return decided(Action::wait_unwritten, Reason::unknown_offline);
  if (policy.unknown == UnknownPolicy::hold && !s.approved)
    return decided(Action::hold, Reason::held_for_approval);
  if (s.by_certificate) return decide_by_own_connection(s);  // it cannot be relayed
  return decided(Action::relay, Reason::relayed);
}

}  // namespace

Decision decide(const Situation& s, const Policy& policy) {
  if (s.denied) return decided(Action::refuse, Reason::denied);
  if (s.rejected) return decided(Action::refuse, Reason::rejected_by_operator);
  if (s.verdict.proof == Proof::proven_false) return decided(Action::refuse, s.verdict.reason);
  if (s.enrolled == Enrolled::disabled) return decided(Action::end_disabled, Reason::enrollment_disabled);
  const bool in_doubt = s.doubt != Reason::none;
  if (s.verdict.proof == Proof::pending) {
    if (in_doubt) return decide_in_doubt(s);
    return decided(Action::wait_unwritten,
                   s.verdict.reason == Reason::none ? Reason::trust_pending : s.verdict.reason);
  }
  if (s.enrolled != Enrolled::enabled || s.verdict.proof == Proof::not_checkable)
    return decide_unknown(s, policy);
  if (s.contested != Reason::none) return decided(Action::hold, s.contested);

  const Decision proven = in_doubt ? decide_in_doubt(s) : decide_proven(s, policy);
  if (s.verdict.proof == Proof::good) return proven;
  if (policy.untrusted_clock == UntrustedClockPolicy::refuse)
    return decided(Action::refuse, Reason::time_unknown);
  Decision decision = proven;
  decision.provisional = true;
  return decision;
}

bool has_old_keys(const Enrollment& enrollment) {
  return enrollment.origin == EnrollmentOrigin::service && enrollment.keys_etag != enrollment.etag;
}

bool may_be_told_ahead(const Enrollment& enrollment, const std::optional<Outcome>& outcome) {
  const bool was_refused = outcome && outcome->status != RegistrationStatus::assigned;
  return enrollment.provisional && enrollment.mechanism == Mechanism::symmetric_key &&
         is_dns_name(enrollment.only_hub) && !has_old_keys(enrollment) && !was_refused;
}

Known how_known(const std::optional<Assignment>& assignment, PoweredTime powered, WallReading now,
                const Policy& policy, std::optional<Millis> own_age) {
  if (!assignment) return Known::nothing;
  // After a power cut the meter stands before what was confirmed since it was stored last.
  const Millis powered_age = std::max(Millis(0), powered - assignment->confirmed_at);
  if (powered_age > own_age.value_or(policy.offline_max_age)) return Known::beyond_trust;
  const Millis wall_age =
      now.quality == ClockQuality::unsynced ? Millis(0) : now.at - assignment->confirmed_wall;
  return std::max(powered_age, wall_age) <= policy.cache_max_age ? Known::fresh : Known::stale;
}

}  // namespace leafgate

#include "gateway/flows/census.hpp"

#include <algorithm>
#include <utility>

#include "gateway/flows/derivation_steps.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/guard.hpp"
#include "gateway/flows/judge.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/swapped.hpp"

namespace leafgate {
namespace {

Judgement judged_then(const Ledger::CameAs& as) {
  Judgement judgement;
  judgement.by_certificate = as.by_certificate;
  judgement.by_tpm = !as.tpm_storage.empty();
  judgement.verdict.credential = as.credential;
  judgement.verdict.secondary = as.secondary;
  judgement.enrollment_id = as.enrollment_id;
  judgement.enrollment_etag = as.enrollment_etag;
  return judgement;
}

// Whether it came last by what will not earn its assignment; it may have been assigned anew by it since.
bool came_otherwise(const Registration& registration, const Ledger& ledger) {
  const Ledger::CameAs* as = ledger.came_otherwise(registration.id.key());
  if (as == nullptr || !registration.assignment) return false;
  const Assignment& assignment = *registration.assignment;
  const Judgement judgement = judged_then(*as);
  const Asked asked{as->request_digest.value_or(assignment.request_digest), as->for_certificate};
  if (judgement.by_tpm && as->tpm_storage != assignment.tpm_storage) return true;
  return change_since(assignment, judgement, asked, false) != Change::unchanged;
}

// Of a leaf that was never assigned: whether who proved last to be it did so by a certificate. Only such
// leaves have any of these to wait for.
bool came_by_certificate(const std::vector<AttemptNote>& notes) {
  const auto last = std::find_if(notes.rbegin(), notes.rend(), [](const AttemptNote& note) {
    return !note.unverified && came_from_the_leaf(note) && note.reason != Reason::passed_through;
  });
  if (last == notes.rend()) return false;
  return last->reason == Reason::needs_the_leaf || last->reason == Reason::sent_through ||
         last->reason == Reason::certificate_not_passed ||
         last->reason == Reason::certificate_behind_shared_address;
}

const Enrollment* called(const std::vector<Enrollment>& groups, const std::string& enrollment_id) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const Enrollment& group) { return is_called(group, enrollment_id); });
  return found == groups.end() ? nullptr : &*found;
}

// When the leaf itself was here last: a refresh, or its row that is tried again, says nothing of that, and
// neither does who only claims to be it.
WallTime last_seen(const std::vector<AttemptNote>& notes) {
  const auto last = std::find_if(notes.rbegin(), notes.rend(), [](const AttemptNote& note) {
    return came_from_the_leaf(note) && !(note.unverified && is_false_proof(note.reason));
  });
  return last == notes.rend() ? WallTime{} : last->at;
}

}  // namespace

Census::Comer Census::comer(const RegistrationRecord& record, const Enrollment* individual,
                            const std::vector<Enrollment>& groups, Look look) const {
  const Registration& registration = record.registration;
  const Enrollment* by = vouches(record, individual, groups);
  CameLast last;
  last.end = proof_end(registration, by, enrolled_ends_);
  last.untaken = untaken(registration, by, ports_.ledger.came_untaken(registration.id.key()), enrolled_ends_);
  last.otherwise = came_otherwise(registration, ports_.ledger);
  const OperatorWord* word =
      ports_.gatekeeper != nullptr ? ports_.gatekeeper->word(registration.id.key()) : nullptr;
  last.approved = word != nullptr && word->lets_in();
  const bool asks_tpm = ports_.group_keys != nullptr && by != nullptr && is_in_tpm(*by, ports_.trust);
  const bool derives = !asks_tpm || ports_.group_keys->derives(*by);
  last.secrets = secrets_of(registration, by, ports_.trust, look, derives);
  Comer out{registration, individual, groups, by, std::move(last)};
  out.is_held_as_swapped = is_held_as_swapped(out);
  return out;
}

// Which of several groups it was that took a certificate is known until the next start.
const Enrollment* Census::vouches(const RegistrationRecord& record, const Enrollment* individual,
                                  const std::vector<Enrollment>& groups) const {
  const Registration& registration = record.registration;
  const bool by_certificate = !registration.assignment && came_by_certificate(record.notes);
  const Ledger::CameAs* as = ports_.ledger.came_otherwise(registration.id.key());
  const bool is_known = individual == nullptr && by_certificate && as != nullptr && as->by_certificate;
  if (is_known) return called(groups, as->enrollment_id);
  return voucher(registration, individual, groups, by_certificate);
}

Standing Census::standing(const RegistrationRecord& stored, const Enrollment* individual,
                          const std::vector<Enrollment>& groups) const {
  // What is in memory is newer than what is stored: attempts are written only with something else.
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  return standing(record, comer(record, individual, groups));
}

Standing Census::standing(const RegistrationRecord& record, const Comer& comes) const {
  const Registration& registration = record.registration;
  Standing out;
  out.by = comes.by;
  DeviceRow& row = out.row;
  row.registration_id = registration.id.text();
  if (registration.outcome) row.status = registration.outcome->status;
  if (registration.assignment) {
    row.status = RegistrationStatus::assigned;
    row.assigned_hub = registration.assignment->assigned_hub;
    row.device_id = registration.assignment->device_id;
    const Millis age = std::max(Millis(0), ports_.meter.now() - registration.assignment->confirmed_at);
    out.trust = trust_of(comes.by, ports_.policy);
    if (!registration.assignment->provisional) out.trust_left = std::max(Millis(0), out.trust - age);
    // Served beyond its trust it is answered until its proof ends, if that ever does.
    if (ports_.policy.beyond == BeyondPolicy::queue) row.trust_left = out.trust_left;
    const auto proof_ends = proof_left(comes.last.end);
    if (out.trust_left && proof_ends)
      row.trust_left = std::min(row.trust_left.value_or(*proof_ends), *proof_ends);
  }
  if (comes.by != nullptr && !comes.by->enabled) row.status = RegistrationStatus::disabled;
  const Decision decision = without_uplink_for(Millis(0), comes);
  row.offline = is_answered(decision);
  out.without_uplink = decision.reason;
  if (!record.notes.empty()) row.reason = record.notes.back().reason;
  row.last_seen = last_seen(record.notes);
  const OpenOperation* open = ports_.forwarder.operations().find(registration.id.key());
  if (open != nullptr && open->durable) {
    // Who was told its hub ahead has it: the gateway alone still waits for the service.
    const bool is_told_ahead = registration.assignment && open->row.reason == Reason::provisional_assignment;
    if (!is_told_ahead) row.status = RegistrationStatus::assigning;
    row.reason = open->waiting_for == Reason::none ? open->row.reason : open->waiting_for;
  }
  return out;
}

std::optional<Millis> Census::proof_left(const ProofEnd& end) const {
  const WallReading now = ports_.clock.now();
  if (!end.at || now.quality == ClockQuality::unsynced) return std::nullopt;
  return std::max(Millis(0), std::chrono::duration_cast<Millis>(*end.at - now.at));
}

// Whether it came last by what an operator has yet to approve; as Admission::weigh_gate() finds it.
bool Census::is_held_as_swapped(const Comer& comer) const {
  const std::string& id = comer.registration.id.key();
  const Ledger::CameAs* as = ports_.ledger.came_otherwise(id);
  const bool may_be = as != nullptr && ports_.gatekeeper != nullptr && ports_.doubt == Reason::none;
  if (!may_be || !comer.registration.assignment) return false;
  const OperatorWord* word = ports_.gatekeeper->word(id);
  const bool is_accepted = word != nullptr && !word->accepts().empty() && word->accepts() == as->credential;
  const Enrollment* by = comer.individual;
  if (by == nullptr || !is_called(*by, as->enrollment_id)) by = called(comer.groups, as->enrollment_id);
  const bool decides_still = by != nullptr && by->enabled;
  return decides_still && !is_accepted && is_swapped(*comer.registration.assignment, judged_then(*as), by);
}

// Where it is not known whether one that is denied stands above what a leaf shows, it is no more promised
// than where its CA may not be here: its coming tells.
Reason Census::kept_out(const Comer& comer, const WallReading& then) const {
  if (ports_.gatekeeper == nullptr) return Reason::none;
  const Denied& denied = ports_.gatekeeper->denied;
  const Registration& registration = comer.registration;
  const Enrollment* by = comer.by;
  const std::string& id = registration.id.key();
  const std::string shown = registration.assignment ? registration.assignment->credential : std::string();
  if (const Reason why = denied.bar(id, shown, then); why != Reason::none) return why;
  if (denied.contested(id) != nullptr) return Reason::two_places_at_once;
  if (comer.is_held_as_swapped) return Reason::credential_swapped;
  if (by == nullptr || by->mechanism != Mechanism::x509) return Reason::none;
  const DeniedPath path = denied_above_.of(registration, *by, denied, then);
  if (path == DeniedPath::no) return Reason::none;
  return path == DeniedPath::yes ? Reason::denied : Reason::leaf_certificate_chain_unknown;
}

void Census::add_ends_of_denials(std::vector<Millis>& after, const Comer& comer) const {
  if (ports_.gatekeeper == nullptr) return;
  const Denied& denied = ports_.gatekeeper->denied;
  const WallTime now = ports_.clock.now().at;
  const auto add = [&](DenyKind kind, const std::string& value) {
    if (const auto until = denied.denied_until(kind, value))
      after.push_back(std::chrono::duration_cast<Millis>(*until - now));
  };
  add(DenyKind::registration_id, comer.registration.id.key());
  if (comer.registration.assignment && !comer.registration.assignment->credential.empty()) {
    add(DenyKind::endorsement_key, comer.registration.assignment->credential);
    add(DenyKind::certificate, comer.registration.assignment->credential);
  }
  if (comer.by == nullptr) return;
  for (const auto* certificate : {&comer.by->primary_certificate, &comer.by->secondary_certificate})
    if (*certificate) add(DenyKind::certificate, (*certificate)->sha256);
  if (comer.by->mechanism != Mechanism::x509) return;
  for (const EnrolledAuthority& authority : denied_above_.authorities())
    add(DenyKind::certificate, authority.sha256);
}

Decision Census::without_uplink_for(Millis span, const Comer& comer) const {
  WallReading then = ports_.clock.now();
  then.at += span;
  const Reason why = kept_out(comer, then);
  Decision refused;
  refused.reason = why;
  const bool may_be_kept_out = why == Reason::leaf_certificate_chain_unknown;
  if (why != Reason::none && !may_be_kept_out) return refused;
  Decision told = without_uplink(comer.registration, comer.by, ports_.meter.now() + span, then, ports_.policy,
                                 ports_.doubt, comer.last);
  return may_be_kept_out && is_answered(told) ? refused : told;
}

Decision Census::without_uplink_for(Millis span, const RegistrationRecord& stored,
                                    const Enrollment* individual,
                                    const std::vector<Enrollment>& groups) const {
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  return without_uplink_for(span, comer(record, individual, groups));
}

Outlook Census::outlook(const RegistrationRecord& stored, const Enrollment* individual,
                        const std::vector<Enrollment>& groups) const {
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  const Comer comes = comer(record, individual, groups, Look::at_heads);
  const auto trust_left = standing(record, comes).trust_left;
  std::vector<Millis> when{Millis(0)};
  if (trust_left) when.push_back(*trust_left + Millis(1));
  if (const auto left = proof_left(comes.last.end)) when.push_back(*left + Millis(1));
  add_ends_of_denials(when, comes);
  std::sort(when.begin(), when.end());
  Outlook out;
  for (const Millis after : when) {
    const bool is_past = after < Millis(0) || (!out.turns.empty() && out.turns.back().after == after);
    if (!is_past) out.turns.push_back(Turn{after, without_uplink_for(after, comes)});
  }
  out.end = comes.last.end;
  return out;
}

}  // namespace leafgate

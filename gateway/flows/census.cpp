#include "gateway/flows/census.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/judge.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/swapped.hpp"

namespace leafgate {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t few = 2000;
constexpr int share = 8;  // many are counted for one part of so many
constexpr auto often = seconds(15);
constexpr auto longest_pause = seconds(90);
constexpr auto asked_of_late = minutes(5);
constexpr auto trust_runs_out = minutes(10);       // with nothing written, only time changes the counts
constexpr std::size_t look_at_circumstances = 64;  // leaves
constexpr int most_tries = 4;                      // where what all leaves share changes again and again

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

}  // namespace

Census::Comer Census::comer(const Registration& registration, const Enrollment* individual,
                            const std::vector<Enrollment>& groups, Look look) const {
  const Enrollment* by = voucher(registration, individual, groups);
  CameLast last;
  last.end = proof_end(registration, by, enrolled_ends_);
  last.untaken = untaken(registration, by, ports_.ledger.came_untaken(registration.id.key()), enrolled_ends_);
  last.otherwise = came_otherwise(registration, ports_.ledger);
  const OperatorWord* word =
      ports_.gatekeeper != nullptr ? ports_.gatekeeper->word(registration.id.key()) : nullptr;
  last.approved = word != nullptr && word->approved;
  last.secrets = secrets_of(registration, by, ports_.trust, look);
  Comer out{registration, individual, groups, by, std::move(last)};
  out.is_held_as_swapped = is_held_as_swapped(out);
  return out;
}

Standing Census::standing(const RegistrationRecord& stored, const Enrollment* individual,
                          const std::vector<Enrollment>& groups) const {
  // What is in memory is newer than what is stored: attempts are written only with something else.
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  return standing(record, comer(record.registration, individual, groups));
}

Standing Census::standing(const RegistrationRecord& record, const Comer& comes) const {
  const Registration& registration = record.registration;
  Standing out;
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
  const Decision decision = without_uplink_for(Millis(0), comes);
  row.offline = is_answered(decision);
  out.without_uplink = decision.reason;
  if (!record.notes.empty()) {
    row.reason = record.notes.back().reason;
    row.last_seen = record.notes.back().at;
  }
  const OpenOperation* open = ports_.forwarder.operations().find(registration.id.key());
  if (open != nullptr && open->durable) {
    row.status = RegistrationStatus::assigning;
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
  const bool is_accepted =
      word != nullptr && word->approved && !word->credential.empty() && word->credential == as->credential;
  const auto decides = [as](const Enrollment& one) { return is_called(one, as->enrollment_id); };
  const Enrollment* by = comer.individual;
  if (by == nullptr || !decides(*by)) {
    const auto group = std::find_if(comer.groups.begin(), comer.groups.end(), decides);
    by = group == comer.groups.end() ? nullptr : &*group;
  }
  const bool decides_still = by != nullptr && by->enabled;
  return decides_still && !is_accepted && is_swapped(*comer.registration.assignment, judged_then(*as), by);
}

// Where it is not known which certificate a leaf shows, one that is denied of its enrollment speaks against
// it.
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
  const bool is_known = by->kind == EnrollmentKind::individual && !shown.empty();
  bool any = false;
  for (const auto* certificate : {&by->primary_certificate, &by->secondary_certificate})
    any = any || (*certificate && denied.denies(DenyKind::certificate, (*certificate)->sha256, then));
  return any && !is_known ? Reason::denied : Reason::none;
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
}

Decision Census::without_uplink_for(Millis span, const Comer& comer) const {
  WallReading then = ports_.clock.now();
  then.at += span;
  if (const Reason why = kept_out(comer, then); why != Reason::none) {
    Decision refused;
    refused.reason = why;
    return refused;
  }
  return without_uplink(comer.registration, comer.by, ports_.meter.now() + span, then, ports_.policy,
                        ports_.doubt, comer.last);
}

Decision Census::without_uplink_for(Millis span, const RegistrationRecord& stored,
                                    const Enrollment* individual,
                                    const std::vector<Enrollment>& groups) const {
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  return without_uplink_for(span, comer(record.registration, individual, groups));
}

Outlook Census::outlook(const RegistrationRecord& stored, const Enrollment* individual,
                        const std::vector<Enrollment>& groups) const {
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  const Comer comes = comer(record.registration, individual, groups, Look::at_heads);
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

void Census::count(LeafCounts& counts, const RegistrationRecord& stored, const Enrollment* individual,
                   const std::vector<Enrollment>& groups) const {
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  const Comer comes = comer(record.registration, individual, groups, Look::at_heads);
  const Standing stands = standing(record, comes);
  const DeviceRow& row = stands.row;
  ++counts.all;
  ++counts.by_status[row.status];
  if (!row.assigned_hub.empty()) ++counts.assigned;
  const auto after = [&](Millis span) { return without_uplink_for(span, comes); };
  if (is_answered(after(days(7)))) ++counts.ready_in_7_days;
  if (is_answered(after(days(30)))) ++counts.ready_in_30_days;
  if (!row.offline) return;
  ++counts.offline_ready;
  if (!stands.trust_left) return;
  const Millis soon = std::min(stands.trust / 10, Millis(days(3)));
  if (*stands.trust_left >= soon) return;
  // Whose certificate ends first is helped by no word of the service.
  const Decision then = after(soon);
  if (!is_answered(then) && then.reason != Reason::leaf_certificate_expired) ++counts.ending;
}

Census::Mark Census::mark() const {
  const Policy& policy = ports_.policy;
  // One more for each key that has opened.
  const std::size_t keys_open = ports_.trust.store_macs("census").size();
  const WallReading now = ports_.clock.now();
  Mark mark;
  mark.writes = ports_.store.health().writes;
  mark.came = ports_.ledger.came_changes();
  mark.clock_set =
      std::chrono::round<minutes>(now.at.time_since_epoch() - LoopClock::now().time_since_epoch());
  mark.shared = {now.quality,  policy.offline_max_age, policy.beyond, policy.unknown, policy.untrusted_clock,
                 ports_.doubt, ports_.trust.is_open(), keys_open};
  return mark;
}

Millis Census::counted_ago() const {
  return std::chrono::duration_cast<Millis>(LoopClock::now() - counted_at_);
}

bool Census::is_comparable(const Mark& now) const { return counted_ && counted_mark_.shared == now.shared; }

bool Census::is_current(const Mark& now) const {
  return counted_ && counted_mark_ == now && LoopClock::now() - counted_at_ < trust_runs_out;
}

TimePoint Census::counts_again_at() const {
  const LoopClock::duration pause = std::min<LoopClock::duration>(took_ * share, longest_pause);
  return counted_at_ + std::max<LoopClock::duration>(often, pause);
}

Task<Result<LeafCounts>> Census::counts() {
  asked_at_ = LoopClock::now();
  const Mark now = mark();
  if (is_current(now)) co_return counts_;
  if (is_comparable(now) && counts_.all > few) {
    wakeup_.notify();
    co_return counts_;
  }
  if (!is_scanning_) co_return co_await scan(LeafWalk::Gait::waited_for);
  // One goes through them for all who ask.
  is_waited_for_ = true;
  co_await end_of_scan();
  if (stopping_) co_return Error(Errc::stopped, "the gateway is stopping");
  const bool is_told = is_comparable(mark());
  if (is_told) co_return counts_;
  co_return co_await scan(LeafWalk::Gait::waited_for);
}

Task<void> Census::end_of_scan() {
  const auto executor = co_await boost::asio::this_coro::executor;
  while (is_scanning_) {
    Wakeup ended(executor);
    waiting_.push_back(&ended);
    co_await ended.wait();
  }
}

Task<Result<LeafCounts>> Census::scan(LeafWalk::Gait gait) {
  co_await end_of_scan();
  is_scanning_ = true;
  is_waited_for_ = gait == LeafWalk::Gait::waited_for;
  Result<LeafCounts> counted = Error(Errc::conflict, "");
  for (int tries = 0; !counted && counted.error().code == Errc::conflict && tries < most_tries; ++tries)
    counted = co_await go_through(tries + 1 == most_tries);
  is_scanning_ = false;
  for (Wakeup* waiting : std::exchange(waiting_, {})) waiting->notify();
  co_return counted;
}

// What all leaves share may change meanwhile, and the enrollments be exchanged: half of the sum would be
// true.
Task<Result<LeafCounts>> Census::go_through(bool whatever_changes) {
  const Mark begun = mark();
  const TimePoint begun_at = LoopClock::now();
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  const auto gait = [this] {
    return is_waited_for_ ? LeafWalk::Gait::waited_for : LeafWalk::Gait::beside_leaves;
  };
  LeafWalk walk({ports_.enrollments, ports_.registrations, ports_.ledger}, gait());
  LeafCounts counts;
  while (!stopping_) {
    walk.set_gait(gait());
    auto leaf = co_await walk.next();
    if (!leaf) co_return leaf.error();
    if (*leaf == nullptr) break;
    const RegistrationRecord& stored = **leaf;
    auto individual = co_await walk.individual();
    if (!individual) co_return individual.error();
    count(counts, stored, *individual, **groups);
    const bool looks = counts.all % look_at_circumstances == 0 && !whatever_changes;
    if (looks && (walk.is_torn() || mark().shared != begun.shared))
      co_return Error(Errc::conflict, "circumstances changed");
  }
  if (stopping_) co_return Error(Errc::stopped, "the gateway is stopping");
  const bool is_whole = !walk.is_torn() && mark().shared == begun.shared;
  if (!is_whole && !whatever_changes) co_return Error(Errc::conflict, "circumstances changed");
  counts_ = counts;
  counted_ = true;
  counted_mark_ = begun;
  counted_at_ = begun_at;
  took_ = LoopClock::now() - begun_at;
  co_return counts;
}

// For whoever looks now and then: what he sees is then never much older than a pause.
bool Census::is_asked_for() const {
  return counts_.all > few && LoopClock::now() - asked_at_ < asked_of_late;
}

Task<void> Census::run() {
  while (!stopping_) {
    const TimePoint now = LoopClock::now();
    const bool is_due = is_asked_for() && now >= counts_again_at() && !is_current(mark());
    if (!counted_ || is_due) {
      auto counted = co_await scan(LeafWalk::Gait::beside_leaves);
      if (!counted) counted_ = false;  // who asks next scans, and is told
    }
    if (stopping_) break;
    const TimePoint next = std::max(counts_again_at(), LoopClock::now() + often);
    const TimePoint look = is_asked_for() ? next : TimePoint::max();
    (void)co_await wakeup_.wait_until(look);
  }
}

void Census::stop() {
  stopping_ = true;
  wakeup_.notify();
}

}  // namespace leafgate

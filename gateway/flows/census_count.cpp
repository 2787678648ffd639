// How leaves are counted, a few at a time.
#include <algorithm>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "gateway/flows/census.hpp"

namespace leafgate {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t few = 2000;
constexpr int counting_share = 8;  // many are counted for one part of so many
constexpr auto often = seconds(15);
constexpr auto longest_pause = seconds(90);
constexpr auto asked_of_late = minutes(5);
constexpr auto trust_runs_out = minutes(10);       // with nothing written, only time changes the counts
constexpr std::size_t look_at_circumstances = 64;  // leaves
constexpr int most_tries = 4;                      // where what all leaves share changes again and again

}  // namespace

void Census::count(LeafCounts& counts, const RegistrationRecord& stored, const Enrollment* individual,
                   const std::vector<Enrollment>& groups) const {
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  const Comer comes = comer(record, individual, groups, Look::at_heads);
  const Standing stands = standing(record, comes);
  const DeviceRow& row = stands.row;
  ++counts.all;
  ++counts.by_status[row.status];
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
  const bool tpm_derives = ports_.group_keys == nullptr || ports_.group_keys->is_tpm_ready();
  mark.shared = {now.quality,  policy.offline_max_age, policy.beyond, policy.unknown, policy.untrusted_clock,
                 ports_.doubt, ports_.trust.is_open(), keys_open,     tpm_derives};
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
  const LoopClock::duration pause = std::min<LoopClock::duration>(took_ * counting_share, longest_pause);
  return counted_at_ + std::max<LoopClock::duration>(often, pause);
}

Task<Result<LeafCounts>> Census::counts() {
  asked_at_ = LoopClock::now();
  const Mark now = mark();
  if (is_current(now)) co_return counts_;
  const auto oldest = std::max<LoopClock::duration>(2 * asked_of_late, took_ * (counting_share + 2));
  if (is_comparable(now) && counts_.all > few && LoopClock::now() - counted_at_ < oldest) {
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
    co_await end_of_scan();
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

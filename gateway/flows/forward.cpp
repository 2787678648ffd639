#include "gateway/flows/forward.hpp"

#include <algorithm>
#include <utility>

#include "gateway/flows/notes.hpp"
#include "gateway/flows/operation_ids.hpp"
#include "gateway/flows/replies.hpp"
#include "gateway/ports/sealed_rows.hpp"

namespace leafgate {
namespace {

constexpr Millis forward_again = std::chrono::minutes(5);
constexpr Millis look_again_at_carried = std::chrono::seconds(1);
constexpr std::size_t outbox_page = 500;
constexpr std::size_t most_open_for_refresh = 16'384;
constexpr std::size_t most_request_octets = 8 * 1024 * 1024;

std::function<std::uint64_t()> chance(Random& random) {
  return [&random] { return random.below(std::uint64_t{1} << 62U); };
}

bool waits_for_enrollment(const OpenOperation& operation) {
  return operation.waiting_for == Reason::trust_pending ||
         operation.waiting_for == Reason::enrollment_without_key;
}

// As prepare() says it.
bool is_denied(const Error& why) { return why.code == Errc::untrusted; }

Reason why_unprepared(Errc error) {
  if (error == Errc::timed_out) return Reason::trust_pending;
  if (error == Errc::implausible) return Reason::enrollment_without_key;
  if (error == Errc::conflict) return Reason::two_places_at_once;
  return error == Errc::throttled ? Reason::time_unknown : Reason::store_fault;
}

}  // namespace

Forwarder::Forwarder(Executor loop, ForwardPorts ports, ForwardOptions options, IdScope id_scope)
    : loop_(loop),
      ports_(ports),
      options_(std::move(options)),
      id_scope_(std::move(id_scope)),
      pace_(options_.registrations_per_minute),
      lane_(chance(ports.random)),
      wakeup_(loop) {}

Task<Result<void>> Forwarder::load() {
  std::int64_t after = 0;
  while (true) {
    auto page = co_await ports_.registrations.outbox(after, outbox_page);
    if (!page) co_return page.error();
    for (OutboxRow& row : *page) {
      after = row.sequence;
      row.request = {};  // read again when it is sent: an outbox of thousands must not live in memory
      row.forward_class = ForwardClass::backlog;
      OpenOperation& operation = operations_.open(std::move(row));
      operation.durable = true;
      operation.of_former_run = true;
      operations_.make_ready(operation);
    }
    if (page->size() < outbox_page) break;
  }
  co_return Result<void>();
}

Task<void> Forwarder::run() {
  const TimePoint now = LoopClock::now();
  lane_.start(now, ports_.clock.now().at);
  // Whether it is there at all nobody knows yet: that is not to take a whole silence. Those of a site that
  // get their power together do not ask in the same moment.
  const Millis first_look(static_cast<std::int64_t>(500 + ports_.random.below(1500)));
  heard_at_ = now - std::max(Millis(0), options_.look_every - first_look);
  ports_.ledger.on_change([this](const Ledger::ChangedAlone* alone) {
    if (alone != nullptr)
      go_on_with(*alone);
    else
      wake();
  });
  while (!stopping_) {
    const TimePoint again = step(LoopClock::now());
    co_await wakeup_.wait_until(again);
  }
  ports_.ledger.on_change({});
  while (in_flight_ > 0 || probe_running_ || looking_ || searching_) co_await wakeup_.wait();
}

void Forwarder::stop() {
  stopping_ = true;
  for (Wakeup* sleeper : sleepers_) sleeper->notify();
  for (RelayTurn* turn : relays_) turn->wakeup.notify();
  wakeup_.notify();
}

void Forwarder::set_options(ForwardOptions options) {
  options_ = std::move(options);
  pace_.set_ceiling(options_.registrations_per_minute);
  wake();
}

TimePoint Forwarder::step(TimePoint now) {
  go_on_after_exchange();
  while (!stopping_) {
    operations_.release_due(now);
    const bool busy = lane_.one_at_a_time() ? probes_ > 0 : in_flight_ >= options_.most_in_flight;
    if (busy || probe_running_) return now + forward_again;  // an end wakes us
    if (now < lane_.closed_until()) return lane_.closed_until();
    if (lane_.needs_a_good_end()) make_a_probe_ready();
    OpenOperation* next = operations_.best();
    if (const auto again = grant_relay(now, next)) {
      if (*again > now) return *again;
      continue;
    }
    if (!next) {
      const TimePoint far = now + forward_again;
      if (searching_) return std::min(operations_.next_due().value_or(far), far);
      if (!lane_.link().up) {
        probe_running_ = true;
        spawn(loop_, probe());
        return now + forward_again;
      }
      const TimePoint look = look_after_silence(now);
      return std::min(operations_.next_due().value_or(look), look);
    }
    const auto wait = pace_.wait(now);
    if (wait > LoopClock::duration::zero()) return now + wait;
    if (carried_.contains(next->row.id.key())) {  // of an operation that was taken back while it was out
      operations_.delay(*next, now + look_again_at_carried);
      continue;
    }
    start(*next, pace_.took(now));
  }
  return now;
}

// When nothing that goes before relays is ready: gives the first of them its turn, or says when it has one.
std::optional<TimePoint> Forwarder::grant_relay(TimePoint now, const OpenOperation* next) {
  if (!lane_.link().up) {
    for (RelayTurn* turn : relays_) turn->wakeup.notify();
    relays_.clear();
  }
  if (relays_.empty() || (next && next->row.forward_class < ForwardClass::relay)) return std::nullopt;
  const auto wait = pace_.wait_for_relay(now);
  if (wait > LoopClock::duration::zero()) {
    // Their fifth is used up: what comes after them need not wait for it.
    if (next && pace_.wait(now) < wait) return std::nullopt;
    return std::min(now + wait, operations_.next_due().value_or(now + wait));
  }
  pace_.took_relay(now);
  relays_.front()->granted = true;
  relays_.front()->wakeup.notify();
  relays_.pop_front();
  return now;
}

Task<bool> Forwarder::relay_turn(std::uint64_t place, TimePoint until) {
  if (stopping_ || !lane_.link().up) co_return false;
  RelayTurn turn(loop_, place);
  const auto behind =
      std::upper_bound(relays_.begin(), relays_.end(), place,
                       [](std::uint64_t p, const RelayTurn* other) { return p < other->place; });
  relays_.insert(behind, &turn);
  wake();
  co_await turn.wakeup.wait_until(until);
  std::erase(relays_, &turn);
  co_return turn.granted;
}

// Other enrollments may bring what kept some back, which nobody tells of each.
void Forwarder::go_on_after_exchange() {
  if (std::exchange(exchanges_, ports_.ledger.exchanges()) == ports_.ledger.exchanges()) return;
  for (const auto& [key, operation] : operations_)
    if (waits_for_enrollment(operation)) (void)retry_now(key);
}

// No others: the keys of thousands may come one by one.
void Forwarder::go_on_with(const Ledger::ChangedAlone& enrollment) {
  if (enrollment.kind == EnrollmentKind::individual) {
    unasked_.erase(enrollment.id);
    const OpenOperation* own = operations_.find(enrollment.id);
    if (own != nullptr && waits_for_enrollment(*own)) (void)retry_now(enrollment.id);
    return;
  }
  unasked_.clear();
  for (const auto& [key, operation] : operations_) {
    const std::string& by = operation.row.enrollment_id;
    const bool is_its = by.empty() || sealed_rows::is_enrollment(false, enrollment.id, by);
    if (is_its && waits_for_enrollment(operation)) (void)retry_now(key);
  }
}

void Forwarder::start(OpenOperation& operation, std::uint64_t turn) {
  operations_.take(operation);
  carried_.insert(operation.row.id.key());
  ++in_flight_;
  Sent sent(operation.row, operation.revision, lane_.one_at_a_time());
  // One more refresh is opened as long as turns are left: it takes them from nobody.
  if (operation.durable) sent.turn = turn;
  if (sent.probe) ++probes_;
  spawn(loop_, carry(std::move(sent)));
}

// With nothing to send, a link that is down is asked by an empty connection whether it is back.
Task<void> Forwarder::probe() {
  auto reached = co_await ports_.service.reach();
  probe_running_ = false;
  heard_at_ = LoopClock::now();
  if (reached)
    follow(lane_.connected(moment()), {});
  else
    follow(lane_.missed(reason_of_trouble(reached.error()), moment()), reached.error().detail);
  wakeup_.notify();
}

Task<void> Forwarder::carry(Sent sent) {
  auto prepared = co_await prepare(sent);
  const Error why = prepared ? Error() : prepared.error();
  const bool is_over =
      !prepared && (why.code == Errc::not_found || why.code == Errc::refused || is_denied(why));
  if (prepared)
    unasked_.erase(sent.row.id.key());
  else if (is_over)
    unasked_.put(sent.row.id.key(), ports_.ledger.exchanges());
  // An operator may have taken it back while its row was read.
  const bool goes = prepared && operations_.find(sent.row) != nullptr;
  // However many are kept back, they take nothing from those that can be sent.
  if (!goes) pace_.give_back(sent.turn);
  if (is_over) {
    (void)co_await end_here(sent, why);
  } else if (!prepared) {
    put_off(sent.row, why_unprepared(why.code), why.detail);
  } else if (goes) {
    co_await converse(sent);
  }
  end_probe(sent);
  carried_.erase(sent.row.id.key());
  --in_flight_;
  wakeup_.notify();
}

// Waits for the next poll, but not longer than the daemon runs.
Task<bool> Forwarder::pause(Millis duration) {
  Wakeup sleeper(loop_);
  sleepers_.insert(&sleeper);
  co_await sleeper.wait_until(LoopClock::now() + duration);
  sleepers_.erase(&sleeper);
  co_return !stopping_;
}

void Forwarder::refresh(const RegistrationId& id, RegistrationRequest request, const Assignment& assignment) {
  if (operations_.find(id.key())) return;
  // Bounded; a leaf that is left out is asked about when it comes again.
  const bool too_many = operations_.size() >= most_open_for_refresh;
  if (too_many || operations_.request_octets() >= most_request_octets) return;
  OutboxRow row(id, OperationIds(ports_.trust, ports_.random).fresh());
  row.forward_class = ForwardClass::refresh;
  row.first_registration = false;
  row.request = std::move(request);
  row.request_digest = assignment.request_digest;
  row.credential = assignment.credential;
  row.enrollment_id = assignment.enrollment_id;
  row.enrollment_etag = assignment.enrollment_etag;
  row.queued_at = ports_.clock.now().at;
  row.reason = Reason::answered_stale_refresh_behind;
  operations_.make_ready(operations_.open(std::move(row)));
  wake();
}

Millis Forwarder::expected_wait(const OpenOperation& operation) const {
  const bool is_out = operation.state == OpenOperation::State::in_flight;
  if (is_out) return std::max<Millis>(usual_retry, away());
  const TimePoint now = LoopClock::now();
  Millis wait = forwarded_retry + away() + pace_.expected(now, operations_.ahead_of(operation));
  const bool stepped_back = operation.state == OpenOperation::State::delayed && operation.not_before > now;
  if (stepped_back) wait += std::chrono::duration_cast<Millis>(operation.not_before - now);
  return wait;
}

Millis Forwarder::away() const {
  if (lane_.link().up) return Millis(0);
  return std::chrono::duration_cast<Millis>(LoopClock::now() - away_since_);
}

AttemptNote Forwarder::note(Reason reason, std::string detail) const {
  AttemptNote n;
  n.at = ports_.clock.now().at;
  n.reason = reason;
  n.step = "service";
  n.source = "gateway";
  n.detail = bounded(detail, 200);
  return n;
}

}  // namespace leafgate

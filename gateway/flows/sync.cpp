// What is done when, and what becomes of what fails.
#include "gateway/flows/sync.hpp"

#include <algorithm>

#include "gateway/flows/service_verdict.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis refused_list_pause = minutes(15);
constexpr Millis first_list_failure = seconds(2);
constexpr Millis longest_list_failure = minutes(15);
constexpr Millis look_at_the_link = seconds(5);
constexpr unsigned failures_untold = 2;  // in a row: the network has its moments

}  // namespace

bool Sync::is_of_one_request(const Error& error) {
  return error.code != Errc::stopped && error.code != Errc::throttled;
}

bool confirms_leaves(const SyncReport& report) {
  if (report.trouble != Reason::none || report.waits_for || report.waits_for_link) return false;
  switch (report.phase) {
    case SyncPhase::listing_groups:
    case SyncPhase::listing_individuals:
    case SyncPhase::switching:
    case SyncPhase::learning:
    case SyncPhase::reading_states:
      return true;
    case SyncPhase::idle:
    case SyncPhase::keys_of_groups:
    case SyncPhase::keys_of_leaves:
      return false;
  }
  return false;
}

namespace {

// The list counts by then.
bool follows_the_list(SyncPhase phase) {
  return phase == SyncPhase::learning || phase == SyncPhase::keys_of_groups ||
         phase == SyncPhase::reading_states || phase == SyncPhase::keys_of_leaves;
}

}  // namespace

std::string consequence_of(const SyncReport& report) {
  std::string out = "enrollments stay as they were";
  if (report.in_part)
    out = "enrollments are as the list has them, but for a part";
  else if (follows_the_list(report.phase))
    out = "enrollments are as the list has them, but the sync does not get any further";
  out += ": " + report.detail;
  if (report.renewals == Renewing::asks) out += "; leaves are asked about one by one meanwhile";
  if (report.renewals == Renewing::cannot) out += "; nor can leaves be asked about one by one";
  return out;
}

Sync::Sync(Executor loop, Ports ports, SyncOptions options)
    : ports_(ports), options_(std::move(options)), scope_(options_.enrollments), wakeup_(loop) {}

void Sync::stop() {
  stopping_ = true;
  wakeup_.notify();
}

void Sync::start_now() {
  asked_ = true;
  paused_until_ = TimePoint();
  // Whoever asks wants to hear how it goes now.
  forget_trouble();
  wakeup_.notify();
}

void Sync::time_is_known() {
  if (!waits_for_time_) return;
  waits_for_time_ = false;
  failures_in_a_row_ = 0;
  paused_until_ = TimePoint();
  wakeup_.notify();
}

void Sync::set_options(SyncOptions options) {
  const bool other_time = options.every != options_.every;
  options_ = std::move(options);
  const SyncScope before = std::move(scope_);
  scope_ = SyncScope(options_.enrollments);
  if (before.text() != scope_.text()) asked_ = true;
  if (other_time) plan_next();
  wakeup_.notify();
}

void Sync::enter(SyncPhase phase) {
  phase_ = phase;
  if (phase == SyncPhase::keys_of_groups) keys_from_ = KeylessPlace();
  if (phase == SyncPhase::keys_of_leaves) keys_from_.of = KeylessPlace::Of::seen;
  if (phase == SyncPhase::keys_of_groups || phase == SyncPhase::keys_of_leaves) {
    keys_from_.after.clear();
    keyless_.clear();
    keys_failed_in_a_row_ = 0;
  }
}

// By the wall clock where that can be believed: a gateway that was off has missed something.
void Sync::plan_next() {
  due_.reset();
  if (options_.every == Millis(0)) return;
  const WallReading now = ports_.clock.now();
  Millis wait{0};
  if (standing_.completed && now.quality != ClockQuality::unsynced && now.at >= *standing_.completed)
    wait = std::max(Millis(0), options_.every - (now.at - *standing_.completed));
  due_ = LoopClock::now() + wait;
}

bool Sync::is_due(TimePoint now) const { return asked_ || (due_ && *due_ <= now); }

// When something is to be done again; none: when it is asked for.
std::optional<TimePoint> Sync::next_moment() const {
  if (!due_ || !keys_again_) return due_ ? due_ : keys_again_;
  return std::min(*due_, *keys_again_);
}

bool Sync::asks_service() const {
  return phase_ == SyncPhase::listing_groups || phase_ == SyncPhase::listing_individuals ||
         (phase_ == SyncPhase::reading_states && !groups_to_read_.empty()) ||
         ((phase_ == SyncPhase::keys_of_groups || phase_ == SyncPhase::keys_of_leaves) && !keyless_.empty());
}

// Where an earlier start left it.
Task<void> Sync::find_out() {
  bool known = false;
  while (!known && !stopping_) {
    auto standing = co_await ports_.store.standing();
    auto left = co_await ports_.store.keyless_count();
    known = standing.has_value() && left.has_value();
    if (known) {
      standing_ = std::move(*standing);
      keys_left_ = *left;
    } else {
      (void)co_await wakeup_.wait_until(LoopClock::now() + seconds(10));
    }
  }
  plan_next();
  if (standing_.open)
    asked_ = true;
  else if (keys_left_ > 0)
    enter(SyncPhase::keys_of_groups);
}

Task<void> Sync::run() {
  co_await find_out();
  while (!stopping_) {
    const TimePoint now = LoopClock::now();
    const bool between = phase_ == SyncPhase::idle || phase_ == SyncPhase::keys_of_groups ||
                         phase_ == SyncPhase::reading_states || phase_ == SyncPhase::keys_of_leaves;
    const bool begins = between && is_due(now);
    if (paused_until_ > now) {
      (void)co_await wakeup_.wait_until(paused_until_);
    } else if (phase_ == SyncPhase::idle && !begins) {
      const auto next = next_moment();
      if (keys_again_ && *keys_again_ <= now)
        ask_for_keys_again();
      else if (next)
        (void)co_await wakeup_.wait_until(*next);
      else
        co_await wakeup_.wait();
    } else if (begins) {
      (void)co_await start();
    } else if (!asks_service()) {
      (void)co_await step();
    } else if (!ports_.forwarder.state().up) {
      (void)co_await wakeup_.wait_until(now + look_at_the_link);
    } else if (rests_until_ > now) {
      (void)co_await wakeup_.wait_until(rests_until_);
    } else if (!ports_.pace.take(now, asks())) {
      (void)co_await wakeup_.wait_until(now + ports_.pace.wait(now, asks()));
    } else {
      (void)co_await step();
    }
  }
  if (!fetched_.empty()) (void)co_await put_keys();
}

Task<Sync::Went> Sync::step() {
  switch (phase_) {
    case SyncPhase::idle:
      break;
    case SyncPhase::listing_groups:
    case SyncPhase::listing_individuals:
      co_return co_await read_page();
    case SyncPhase::switching:
      co_return co_await switch_over();
    case SyncPhase::learning:
      co_return co_await learn();
    case SyncPhase::reading_states:
      co_return co_await read_states();
    case SyncPhase::keys_of_groups:
    case SyncPhase::keys_of_leaves:
      if (keyless_.empty()) co_return co_await next_keyless();
      co_return co_await fetch_key();
  }
  co_return Went::well;
}

// The run goes on without it, and asks again when the next one comes there.
void Sync::forbidden(std::string& what, const ListAnswer& answer) {
  const bool of_keys = &what == &keys_forbidden_;
  std::string detail =
      (of_keys ? "keys may not be read: " : "where leaves are may not be read: ") + words_of(answer);
  ++failures_;
  if (what == detail) return;
  log::warning("the sync with the service's list goes on without a part of it",
               {{"reason", code(Reason::service_list_unreadable)}, {"detail", detail}});
  if (trouble_ == Reason::none && part_missing().empty()) troubled_since_ = ports_.clock.now().at;
  what = std::move(detail);
}

void Sync::went_well() {
  ++went_through_;
  if (trouble_ != Reason::none) log::notice("the service's list can be read again");
  forget_trouble();
}

void Sync::forget_trouble() {
  waits_for_time_ = false;
  failures_in_a_row_ = 0;
  trouble_ = Reason::none;
  detail_.clear();
}

// What the list counts without; empty: nothing.
std::string Sync::part_missing() const {
  if (!keys_forbidden_.empty()) return keys_forbidden_;
  if (!states_forbidden_.empty()) return states_forbidden_;
  if (unread_groups_.empty())
    return unread_keys_.empty() ? std::string()
                                : "keys could not be read, and are asked for again: " + unread_keys_;
  const auto& [id, why] = *unread_groups_.begin();
  const std::size_t count = unread_groups_.size();
  return "where leaves are could not be read of " + std::to_string(count) +
         (count == 1 ? " group: " : " groups: ") + id + ": " + why;
}

Sync::Went Sync::back_off(Reason reason, std::string detail, Millis at_least) {
  const TimePoint now = LoopClock::now();
  ++failures_;
  ++failures_in_a_row_;
  const Millis backoff =
      std::min(first_list_failure * (1U << std::min(failures_in_a_row_ - 1, 10U)), longest_list_failure);
  paused_until_ = now + std::max(backoff, at_least);
  const bool tell = reason == Reason::service_list_unreadable || failures_in_a_row_ > failures_untold;
  if (!tell) return Went::badly;
  if (detail_ != detail)
    log::warning("the sync with the service's list does not go on",
                 {{"reason", code(reason)}, {"phase", to_text(phase_)}, {"detail", detail}});
  if (trouble_ == Reason::none) troubled_since_ = ports_.clock.now().at;
  trouble_ = reason;
  detail_ = std::move(detail);
  return Went::badly;
}

Sync::Went Sync::failed(const Error& error) {
  waits_for_time_ = error.code == Errc::throttled;
  if (error.code == Errc::stopped) {
    paused_until_ = LoopClock::now() + look_at_the_link;
    return Went::stopped;
  }
  // On a site without traffic nobody else notices.
  const bool of_the_way = error.code == Errc::unreachable || error.code == Errc::timed_out ||
                          error.code == Errc::proxy_failed || error.code == Errc::untrusted;
  if (of_the_way) ports_.forwarder.doubt();
  return back_off(Reason::sync_incomplete, error.detail);
}

Sync::Went Sync::refused(const ListAnswer& answer) {
  std::string detail = words_of(answer);
  if (answer.http_status == 401 || answer.http_status == 403)
    return back_off(Reason::service_list_unreadable, std::move(detail), refused_list_pause);
  hold_pace(answer);
  return back_off(Reason::sync_incomplete, std::move(detail), answer.retry_after.value_or(Seconds(0)));
}

// Of all who ask.
void Sync::hold_pace(const ListAnswer& answer) {
  const Millis asked = answer.retry_after.value_or(Seconds(0));
  if (answer.http_status == 429) ports_.pace.throttled(LoopClock::now(), std::max(asked, Millis(1000)));
}

SyncReport Sync::report() const {
  const TimePoint now = LoopClock::now();
  SyncReport out;
  out.phase = phase_;
  out.counts = standing_.counts;
  out.pages = pages_;
  out.missing = missing_;
  out.again = missing_ > 0;
  if (out.again)
    out.of = first_read_;
  else if (standing_.open && standing_.completed)
    out.of = standing_.last.read;
  if (standing_.open && out.of) out.reading_ends_in = reading_ends_in(*out.of);
  out.kept_out = kept_out_;
  out.keys_left = keys_left_;
  out.keys_fetched = keys_fetched_;
  const Whereabouts::Tally& tally = ports_.whereabouts.tally();
  out.confirmed = tally.confirmed;
  out.learnt = tally.learnt;
  out.rehomed = tally.rehomed;
  out.left_to_learn = left_to_learn_;
  out.odd_states = odd_states_;
  out.per_minute = ports_.pace.per_minute();
  const bool keys_are_asked_for = keys_forbidden_.empty() && phase_ != SyncPhase::idle;
  if (keys_left_ > 0 && out.per_minute > 0 && keys_are_asked_for)
    out.ends_in =
        Millis(static_cast<std::int64_t>(60'000.0 * static_cast<double>(keys_left_) / out.per_minute));
  if (paused_until_ > now) out.waits_for = std::chrono::ceil<Millis>(paused_until_ - now);
  out.waits_for_link = asks_service() && !ports_.forwarder.state().up;
  out.completed = standing_.completed;
  out.last = standing_.last;
  if (due_) out.next_in = std::max(Millis(0), std::chrono::ceil<Millis>(*due_ - now));
  out.runs = runs_;
  out.failures = failures_;
  out.trouble = trouble_;
  out.detail = detail_;
  std::string part = part_missing();
  if (trouble_ == Reason::none && !part.empty()) {
    const bool refused = !keys_forbidden_.empty() || !states_forbidden_.empty();
    out.trouble = refused ? Reason::service_list_unreadable : Reason::sync_incomplete;
    out.detail = std::move(part);
    out.in_part = true;
  }
  out.troubled_since = troubled_since_;
  return out;
}

}  // namespace leafgate

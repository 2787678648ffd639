#include "gateway/flows/learner.hpp"

#include <algorithm>
#include <array>

#include "gateway/flows/service_verdict.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis longest_session = minutes(5);  // of the tunnel
constexpr Millis refused_pause = minutes(15);
constexpr Millis first_failure = seconds(10);
constexpr Millis longest_failure = minutes(15);
constexpr unsigned most_failures = 100;  // a day

// A registration takes the service seconds, and its allocation webhook perhaps a minute.
constexpr auto not_yet_waits =
    std::to_array<Millis>({seconds(3), seconds(10), seconds(30), minutes(2), minutes(10)});

Lesson lesson(Lesson::Says says, std::string detail = {}) {
  Lesson out;
  out.says = says;
  out.detail = std::move(detail);
  return out;
}

bool is_trouble(Lesson::Says says) {
  return says == Lesson::Says::later || says == Lesson::Says::forbidden || says == Lesson::Says::implausible;
}

Lesson unanswered(const RegistrationState& state) {
  if (state.http_status == 404) return lesson(Lesson::Says::not_so, "the service knows nothing of it");
  const std::string status = "HTTP " + std::to_string(state.http_status);
  if (state.http_status == 401 || state.http_status == 403) return lesson(Lesson::Says::forbidden, status);
  Lesson out = lesson(Lesson::Says::later, status);
  out.again_after = state.retry_after.value_or(Seconds(0));
  out.throttled = state.http_status == 429;
  return out;
}

}  // namespace

Lesson judge_state(const Result<RegistrationState>& state, const RegistrationId& id, WallTime begun,
                   const std::vector<std::string>& hub_suffixes) {
  if (!state) return lesson(Lesson::Says::later, state.error().detail);
  if (state->http_status != 200) return unanswered(*state);
  if (ascii_lower(state->registration_id) != id.key())
    return lesson(Lesson::Says::later, "the service answers about another id");
  if (!state->last_updated || *state->last_updated < begun - clocks_differ)
    return lesson(Lesson::Says::not_yet, "its state there is older than its connection");
  const RegistrationStatus status = state->status.value_or(RegistrationStatus::unassigned);
  switch (status) {
    case RegistrationStatus::assigned:
      if (!is_plausible_hub(state->assigned_hub, hub_suffixes) || state->device_id.empty())
        return lesson(Lesson::Says::implausible, "its hub is none that can be believed");
      return lesson(Lesson::Says::assigned);
    case RegistrationStatus::disabled:
      return lesson(Lesson::Says::disabled);
    case RegistrationStatus::failed:
      return lesson(Lesson::Says::not_so, "the service ended its registration as failed");
    case RegistrationStatus::assigning:
    case RegistrationStatus::unassigned:
      return lesson(Lesson::Says::not_yet, "not assigned yet");
  }
  return lesson(Lesson::Says::not_yet);
}

Learner::Learner(Executor loop, Ports ports, std::vector<std::string> hub_suffixes)
    : ports_(ports), hub_suffixes_(std::move(hub_suffixes)), wakeup_(loop) {}

void Learner::passed(const PassedSession& session) {
  auto id = RegistrationId::parse(session.claimed_id);
  if (!id || !session.answered) return;
  const std::string key = id->key();
  const auto known = waiting_.find(key);
  if (known == waiting_.end() && waiting_.size() >= most) return;
  // Whatever the clock was set to meanwhile.
  const Millis lasted = std::clamp(ports_.clock.now().at - session.begun, Millis(0), longest_session);
  const TimePoint begun_up = LoopClock::now() - lasted;
  // Of several sessions of one registration the first one began it.
  Pupil& pupil = known != waiting_.end()
                     ? known->second
                     : waiting_.emplace(key, Pupil(std::move(*id), session.begun, begun_up)).first->second;
  pupil.begun = std::min(pupil.begun, session.begun);
  pupil.begun_up = std::min(pupil.begun_up, begun_up);
  pupil.address = session.source.address;
  pupil.looks = 0;
  pupil.due = LoopClock::now();
  wakeup_.notify();
}

WallTime Learner::Pupil::begun_there(WallTime answered) const {
  return answered - std::chrono::duration_cast<Millis>(LoopClock::now() - begun_up);
}

void Learner::set_hub_suffixes(std::vector<std::string> hub_suffixes) {
  hub_suffixes_ = std::move(hub_suffixes);
  wakeup_.notify();
}

void Learner::stop() {
  stopping_ = true;
  wakeup_.notify();
}

Task<void> Learner::run() {
  constexpr Millis look_at_the_link = seconds(5);
  while (!stopping_) {
    const TimePoint now = LoopClock::now();
    const auto next = next_look();
    if (!next) {
      co_await wakeup_.wait();
    } else if (!ports_.forwarder.state().up) {
      (void)co_await wakeup_.wait_until(now + look_at_the_link);
    } else if (*next > now) {
      (void)co_await wakeup_.wait_until(*next);
    } else if (ports_.pace.take(now)) {
      co_await look();
    } else {
      (void)co_await wakeup_.wait_until(now + ports_.pace.wait(now));
    }
  }
}

std::optional<TimePoint> Learner::next_look() {
  std::optional<TimePoint> next;
  for (const auto& [key, pupil] : waiting_)
    if (!next || pupil.due < *next) next = pupil.due;
  if (next) next = std::max(*next, paused_until_);
  return next;
}

Task<void> Learner::look() {
  const auto first = std::min_element(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
    return a.second.due < b.second.due;
  });
  const RegistrationId id = first->second.id;
  std::string key = first->first;
  auto state = co_await ports_.directory.registration_state(id);
  if (stopping_) co_return;
  co_await take_in(std::move(key), std::move(state));
}

Task<void> Learner::take_in(std::string key, Result<RegistrationState> state) {
  const auto found = waiting_.find(key);
  if (found == waiting_.end()) co_return;
  Pupil& pupil = found->second;
  const RegistrationId id = pupil.id;
  const bool tells_time = state && state->answered_at;
  const WallTime begun = tells_time ? pupil.begun_there(*state->answered_at) : pupil.begun;
  const Lesson lesson = judge_state(state, id, begun, hub_suffixes_);
  const bool open = ports_.forwarder.operations().find(id.key()) != nullptr;
  if (!is_trouble(lesson.says)) trouble_.clear();
  switch (lesson.says) {
    case Lesson::Says::assigned: {
      // One connection carried the whole registration: who comes next from there is looked at again. Where it
      // was still under way when its connection ended, the leaf comes for its poll by another one (HTTPS).
      if (pupil.looks == 0 && pupil.failures == 0) ports_.passes.take_back(pupil.address, id.text());
      waiting_.erase(found);
      if (open) co_return;
      Assignment assignment = assignment_of(*state, ports_.meter.now(), ports_.clock.now().at);
      log::info("learnt from the service",
                {{"registration_id", id.text()}, {"hub", assignment.assigned_hub}});
      ++learnt_;
      co_await ports_.findings.assigned(id, std::move(assignment), Reason::learnt_from_service);
      co_return;
    }
    case Lesson::Says::disabled:
      waiting_.erase(found);
      if (!open) co_await ports_.findings.withdrawn(id, Reason::service_disabled);
      co_return;
    case Lesson::Says::not_so:
      log::info("nothing learnt from the service",
                {{"registration_id", id.text()}, {"detail", lesson.detail}});
      waiting_.erase(found);
      co_return;
    case Lesson::Says::not_yet:
    case Lesson::Says::later:
    case Lesson::Says::implausible:
    case Lesson::Says::forbidden:
      again(pupil, lesson);
      co_return;
  }
}

void Learner::give_up(const Pupil& pupil, const Lesson& lesson) {
  ++given_up_;
  log::notice("nothing was learnt of a leaf that went through, and it is not asked about any more",
              {{"registration_id", pupil.id.text()}, {"detail", lesson.detail}});
  waiting_.erase(pupil.id.key());
}

// When to look again at this one; or not at all, where it was in vain often enough.
void Learner::again(Pupil& pupil, const Lesson& lesson) {
  const TimePoint now = LoopClock::now();
  if (lesson.says == Lesson::Says::not_yet) {
    if (pupil.looks >= not_yet_waits.size()) {
      give_up(pupil, lesson);
      return;
    }
    pupil.due = now + not_yet_waits[pupil.looks++];
    return;
  }
  if (lesson.throttled) ports_.pace.throttled(now, std::max(lesson.again_after, Millis(1000)));
  if (trouble_ != lesson.detail)
    log::warning("the service's list of registrations cannot be read", {{"detail", lesson.detail}});
  if (trouble_.empty()) troubled_since_ = ports_.clock.now().at;
  trouble_ = lesson.detail;
  if (++pupil.failures > most_failures) {
    give_up(pupil, lesson);
    return;
  }
  const Millis backoff = std::min(first_failure * (1U << std::min(pupil.failures - 1, 7U)), longest_failure);
  const bool forbidden = lesson.says == Lesson::Says::forbidden;
  pupil.due = now + (forbidden ? refused_pause : std::max(backoff, lesson.again_after));
  // What ails the list ails every look at it; what ails one leaf must not keep the others waiting.
  if (lesson.says != Lesson::Says::implausible) paused_until_ = pupil.due;
}

}  // namespace leafgate

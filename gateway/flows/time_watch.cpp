#include "gateway/flows/time_watch.hpp"

#include "gateway/flows/notes.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::seconds look_at_time_every{30};
constexpr std::chrono::seconds look_soon{5};  // while the time is unknown

std::string date(WallTime at) { return to_rfc3339(at).substr(0, 19) + "Z"; }

std::string why_stale(const UntimedProof& proof, WallTime taken_at) {
  const bool late = proof.span.ends && taken_at > *proof.span.ends;
  return "accepted " + date(taken_at) + " by the true time; its credential " +
         (late ? "had ended " + date(*proof.span.ends) : "begins " + date(*proof.span.begins));
}

}  // namespace

Task<void> TimeWatch::run() {
  while (!stopping_) {
    co_await look();
    if (stopping_) break;
    const auto wait = was_trusted_ && ports_.proofs.size() == 0 ? look_at_time_every : look_soon;
    co_await wakeup_.wait_until(LoopClock::now() + wait);
  }
}

void TimeWatch::stop() {
  stopping_ = true;
  wakeup_.notify();
}

Task<void> TimeWatch::look() {
  const WallReading now = ports_.clock.now();
  const bool trusted = now.quality != ClockQuality::unsynced;
  const auto jump = jumps_.look(LoopClock::now(), now.at);
  if (jump) tell_jump(*jump, now);
  const bool turned_out_right = trusted && !was_trusted_;
  was_trusted_ = trusted;
  tell_dropped();
  bool judged = false;
  if (trusted) judged = co_await judge_all();
  // Only now: what was promised on a stale proof is gone. Where the store was in trouble some are still to be
  // judged: they step back once more.
  if (turned_out_right || judged) ports_.forwarder.go_on_after(Reason::time_unknown);
  if ((jump || turned_out_right) && changed_) changed_();
}

// True: some were.
Task<bool> TimeWatch::judge_all() {
  bool judged = false;
  for (auto proof = ports_.proofs.oldest(); proof && !stopping_; proof = ports_.proofs.oldest()) {
    const bool done = co_await judge(*proof);
    if (!done) break;  // the store is in trouble: tried again at the next look
    ports_.proofs.judged(*proof);
    judged = true;
  }
  co_return judged;
}

// What rests on a proof of a known time is none of it.
bool TimeWatch::is_stale(const std::optional<TakenProof>& proof) const {
  return proof && true_time(*proof, LoopClock::now(), ports_.clock.now().at).stale;
}

// False: it could not be taken back yet.
Task<bool> TimeWatch::judge(UntimedProof proof) {
  const TrueTime truth = true_time(proof, LoopClock::now(), ports_.clock.now().at);
  if (!truth.stale) {
    ++tally_.held_good;
    co_return true;
  }
  const OpenOperation* open = ports_.forwarder.operations().find(proof.id.key());
  const bool is_its_row = open != nullptr && open->row.operation_id.text() == proof.operation;
  const bool stands = is_its_row && !is_stale(proof.row_by);
  if (is_its_row && !stands) {
    auto dropped = co_await ports_.forwarder.drop_as(proof.id, Reason::stale_by_true_time);
    if (!dropped) {
      log::warning("a promise made on a stale proof could not be taken back",
                   {{"registration_id", proof.id.text()}, {"detail", dropped.error().detail}});
      co_return false;
    }
  }
  if (stands)
    ports_.admission.forget_opener(proof.operation);
  else
    ports_.admission.take_back(proof.id, proof.operation);
  ++tally_.stale;
  const std::string why = why_stale(proof, truth.taken_at);
  log::warning("accepted on a proof that was stale by the true time",
               {{"registration_id", proof.id.text()},
                {"reason", code(Reason::stale_by_true_time)},
                {"operation_id", proof.operation},
                {"detail", why}});
  Event event;
  event.kind = EventKind::settled;
  event.registration_id = proof.id.text();
  event.reason = Reason::stale_by_true_time;
  event.detail = why;
  tell(std::move(event));
  auto record = co_await ports_.ledger.record(proof.id);
  if (!record) co_return true;
  AttemptNote note;
  note.at = ports_.clock.now().at;
  note.reason = Reason::stale_by_true_time;
  note.step = "clock";
  note.source = "gateway";
  note.detail = why;
  add_note((*record)->notes, std::move(note));
  co_return true;
}

void TimeWatch::tell_jump(Millis jump, WallReading now) {
  ++tally_.jumps;
  const bool back = jump < Millis(0);
  const std::string by = to_text(back ? -jump : jump) + (back ? " back" : " forward");
  log::warning("the clock was set", {{"reason", code(Reason::clock_jumped)},
                                     {"by", by},
                                     {"now", date(now.at)},
                                     {"quality", to_text(now.quality)}});
  Event event;
  event.kind = EventKind::change;
  event.reason = Reason::clock_jumped;
  event.detail = by + ", to " + date(now.at) + ", " + std::string(to_text(now.quality));
  tell(std::move(event));
}

void TimeWatch::tell_dropped() {
  if (ports_.proofs.dropped() == dropped_told_) return;
  dropped_told_ = ports_.proofs.dropped();
  log::warning(
      "too many leaves were taken while the time is unknown: the first of them are not looked at again",
      {{"leaves", dropped_told_}});
}

void TimeWatch::tell(Event event) {
  if (ports_.events == nullptr) return;
  event.at = ports_.clock.now().at;
  event.step = "clock";
  ports_.events->tell(std::move(event));
}

}  // namespace leafgate

#include "adapters/serial/station.hpp"

#include <algorithm>
#include <utility>

#include "gateway/runtime/log.hpp"

namespace leafgate::serial {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t bare_answer = frame_overhead + 3;  // ACK, or NAK(busy)
// How long a leaf that spoke is polled at short intervals, and the longest of them. They grow with the
// silence, so that a slow answer is fetched late by an eighth of what it took.
constexpr seconds attention{20};
constexpr milliseconds longest_interval{100};
constexpr int part_of_silence = 8;
constexpr int most_restarts = 3;
constexpr int most_resets = 4;

}  // namespace

Station::Station(std::uint8_t address, const Hello& hello, const Quality& quality,
                 std::shared_ptr<Carrier> carrier)
    : address_(address), hello_(hello), carrier_(std::move(carrier)), quality_(quality) {}

TimePoint Station::due(LoopClock::duration rare) const {
  if (!is_seated_) return TimePoint::max();
  if (!last_asked_) return TimePoint::min();
  if (is_urgent()) return not_before_;
  if (last_talk_ && *last_asked_ - *last_talk_ < attention) {
    const LoopClock::duration silence = *last_asked_ - *last_talk_;
    return std::max(not_before_, *last_asked_ + std::min<LoopClock::duration>(longest_interval,
                                                                              silence / part_of_silence));
  }
  return *last_asked_ + rare;
}

bool Station::is_urgent() const {
  return question_ || must_confirm_ || is_busy_ || must_reset_ || assembly_.is_begun() || has_to_say();
}

bool Station::is_open(TimePoint now) const {
  if (!is_seated_) return false;
  if (is_urgent()) return true;
  return !last_asked_ || (last_talk_ && now - *last_talk_ < attention);
}

// A leaf ends what it says first, and has it confirmed; but one that always has more to say is cut in on.
bool Station::may_say() const {
  if (!has_to_say() || is_busy_ || assembly_.is_begun()) return false;
  return !must_confirm_ || has_yielded_;
}

const Frame& Station::ask(std::uint8_t& number) {
  if (question_) {
    ++retries_;
    return *question_;
  }
  FrameType type = FrameType::poll;
  if (must_reset_) {
    type = FrameType::reset;
  } else if (may_say()) {
    type = FrameType::data;
  }
  question_ = make_question(type, address_, ++number);
  tries_ = 0;
  if (type == FrameType::data) {
    if (!cut_) {
      cut_.emplace(carrier_->take());
      restarts_ = 0;
    }
    cut_->put_into(*question_, quality_.is_poor() ? least_mtu : static_cast<std::size_t>(hello_.mtu));
  }
  return *question_;
}

std::size_t Station::longest_answer() const {
  if (question_ && question_->type != FrameType::poll) return bare_answer;
  return frame_overhead + static_cast<std::size_t>(hello_.mtu);
}

std::optional<Bytes> Station::answered(const Frame& answer, TimePoint now) {
  quality_.tried(true);
  last_asked_ = now;
  last_good_ = now;
  const FrameType asked = question_->type;
  question_.reset();
  switch (asked) {
    case FrameType::poll:
      return polled(answer, now);
    case FrameType::data:
      told(answer, now);
      return std::nullopt;
    default:
      begin_anew();
      return std::nullopt;
  }
}

std::optional<Bytes> Station::polled(const Frame& answer, TimePoint now) {
  const bool was_confirmed = std::exchange(must_confirm_, false);
  is_busy_ = false;
  if (answer.type == FrameType::nak) {
    const Nak nak = nak_of(answer);
    if (nak.code == NakCode::busy) {
      busy(nak, now);
    } else {
      must_reset_ = true;
    }
    return std::nullopt;
  }
  if (answer.type == FrameType::ack) {
    assembly_.clear();  // it gave up what it had begun
    return std::nullopt;
  }
  last_talk_ = now;
  must_confirm_ = true;
  if (was_confirmed && answer.fragment == 0 && has_to_say()) has_yielded_ = true;
  switch (assembly_.add(answer)) {
    case Assembly::Step::more:
      return std::nullopt;
    case Assembly::Step::whole:
      resets_ = 0;
      return assembly_.take();
    case Assembly::Step::out_of_order:
    case Assembly::Step::too_large:
      must_reset_ = true;
      break;
  }
  return std::nullopt;
}

// The answer to a fragment of ours.
void Station::told(const Frame& answer, TimePoint now) {
  if (answer.type == FrameType::ack) {
    last_talk_ = now;
    if (cut_->advance()) return;
    cut_.reset();
    told_of_refusal_ = false;
    has_yielded_ = false;
    resets_ = 0;
    return;
  }
  const Nak nak = nak_of(answer);
  switch (nak.code) {
    case NakCode::busy:
      return busy(nak, now);
    case NakCode::out_of_order:
      cut_->restart();
      if (++restarts_ <= most_restarts) return;
      break;
    case NakCode::not_known:
      must_reset_ = true;
      break;
    case NakCode::too_large:
      break;
  }
  if (!std::exchange(told_of_refusal_, true))
    log::warning("a leaf refuses a message",
                 {{"leaf", carrier_->source().address}, {"code", static_cast<int>(nak.code)}});
  cut_.reset();
}

void Station::busy(const Nak& nak, TimePoint now) {
  is_busy_ = true;
  last_talk_ = now;  // it works at something
  not_before_ = now + nak.wait;
}

void Station::begin_anew() {
  must_reset_ = false;
  must_confirm_ = false;
  is_busy_ = false;
  has_yielded_ = false;
  ++resets_;
  assembly_.clear();
  if (cut_) cut_->restart();
}

bool Station::unanswered() {
  quality_.tried(false);
  return ++tries_ < most_tries;
}

bool Station::is_broken() const { return resets_ >= most_resets; }

void Station::renew(const Hello& hello) {
  hello_ = hello;
  is_seated_ = true;
  question_.reset();
  begin_anew();
  resets_ = 0;
  not_before_ = TimePoint();
  last_asked_.reset();
}

}  // namespace leafgate::serial

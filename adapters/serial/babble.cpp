#include "adapters/serial/babble.hpp"

#include <algorithm>

namespace leafgate::serial {
namespace {

using std::chrono::milliseconds;

// USB adapters hold short reads back for up to 16 ms, so that much is no pause yet.
constexpr milliseconds adapter_latency{25};
constexpr milliseconds least_talk{500};
constexpr milliseconds most_talk{1200};
constexpr milliseconds window{1500};
constexpr std::size_t most_answer = 2 * (frame_overhead + most_payload);
constexpr std::size_t least_unasked = 512;

LoopClock::duration talk_limit(const LineTiming& timing) {
  const auto frame = timing.longest_frame();
  return std::max<LoopClock::duration>(std::clamp<LoopClock::duration>(2 * frame, least_talk, most_talk),
                                       frame + frame / 4);
}

}  // namespace

Babble::Babble(const LineTiming& timing)
    : pause_(adapter_latency + timing.of(10)),
      longest_talk_(talk_limit(timing)),
      most_unasked_(std::max(least_unasked, static_cast<std::size_t>(window / timing.of(1)) / 4)) {}

void Babble::asked() { credit_ = most_answer; }

void Babble::heard(TimePoint now, std::size_t octets) {
  if (now - last_ > pause_) talk_begin_ = now;
  last_ = now;
  if (now - window_begin_ > window) {
    window_begin_ = now;
    unasked_ = 0;
    sound_ = 0;
  }
  const std::size_t due = std::min(credit_, octets);
  credit_ -= due;
  unasked_ += octets - due;
  if (now - talk_begin_ >= longest_talk_) babbling_ = true;
  if (unasked_ >= most_unasked_ && unasked_ > 2 * sound_) babbling_ = true;
}

void Babble::sound(std::size_t octets) {
  talk_begin_ = last_;
  sound_ += octets;
  unasked_ -= std::min(unasked_, octets);
}

}  // namespace leafgate::serial

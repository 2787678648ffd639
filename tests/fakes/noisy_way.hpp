#pragma once

#include <bitset>
#include <deque>
#include <functional>
#include <random>
#include <utility>

#include <unistd.h>

#include "adapters/serial/tty_port.hpp"
#include "tests/fakes/wire_faults.hpp"

namespace leafgate::serial {

// What goes wrong between two pseudo terminals, each of each frame. Of WireFaults, `twice` is all of the
// frame or a part of it, and what is held back comes in one piece with the next one.
struct PtyFaults : WireFaults {
  double delayed = 0;  // by less than a leaf may take to answer
  double stalled = 0;  // whoever speaks next cannot write for a while
  double wedged = 0;   // the gateway cannot for so long that it gives the port up
  double burst = 0;    // garbage comes in front of it
};

// Where in a stream of octets bursts begin, and where the sound frames behind them end.
struct Bursts {
  struct Span {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  std::deque<Span> ahead;
  bool is_off = false;  // octets were thrown away: positions say nothing any more

  std::uint64_t heard = 0;      // the frame behind it was
  std::uint64_t missed = 0;     // it was not
  std::uint64_t undecided = 0;  // it was read together with others
};

struct WayTally {
  std::uint64_t frames = 0;  // as they were said
  std::uint64_t octets = 0;  // with echoes
  std::uint64_t wrong_bits = 0;
  std::uint64_t lost = 0;
  std::uint64_t twice = 0;
  std::uint64_t merged = 0;
  std::uint64_t delayed = 0;
  std::uint64_t split = 0;
  std::bitset<512> split_at;  // offsets

  void add(const WayTally& other) {
    frames += other.frames;
    octets += other.octets;
    wrong_bits += other.wrong_bits;
    lost += other.lost;
    twice += other.twice;
    merged += other.merged;
    delayed += other.delayed;
    split += other.split;
    split_at |= other.split_at;
  }
};

// One direction of a line: reads what comes out of one master, and writes what is left of it into another.
class NoisyWay {
 public:
  // Both masters outlive it.
  NoisyWay(const Executor& executor, int from, int to, const PtyFaults& faults, std::uint64_t seed)
      : faults_(faults),
        random_(seed),
        spoiler_(faults, [this] { return random_(); }),
        from_(executor, Descriptor(::dup(from)), LockFile()),
        to_(to),
        next_cut_(random_() % 256) {}

  std::function<void(const Bytes&)> passes;         // each frame, before anything happens to it
  std::function<bool(const Bytes&)> must_be_heard;  // whether one behind a burst is
  Bursts bursts;

  [[nodiscard]] bool happens(double probability) { return spoiler_.happens(probability); }
  [[nodiscard]] std::uint64_t random() { return random_(); }
  [[nodiscard]] WayTally tally() const {
    WayTally all = tally_;
    all.wrong_bits = spoiler_.errors;
    return all;
  }

  // Until stop().
  Task<void> carry() {
    while (!is_over_) {
      const auto got = co_await from_.read_some(buffer_, next_due());
      if (!got) break;
      half_.insert(half_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(*got));
      while (cut_frame()) pass(std::exchange(frame_, {}));
      give_due();
    }
    has_ended_ = true;
  }
  void stop() {
    is_over_ = true;
    from_.interrupt();
  }
  [[nodiscard]] bool has_ended() const { return has_ended_; }

  // Says this too, with wrong bits like everything: the echo of an adapter.
  void put(Bytes octets) {
    tally_.octets += octets.size();
    spoiler_.spoil(octets);
    enqueue(std::move(octets), {});
    from_.interrupt();
  }

 private:
  using milliseconds = std::chrono::milliseconds;
  struct Piece {
    TimePoint due;
    Bytes octets;
  };

  // Whoever speaks here says 00 block 00, however it comes out of the terminal.
  bool cut_frame() {
    if (half_.size() < 2) return false;
    const auto end = std::find(half_.begin() + 1, half_.end(), std::uint8_t{0});
    if (end == half_.end()) return false;
    frame_.assign(half_.begin(), end + 1);
    half_.erase(half_.begin(), end + 1);
    return true;
  }

  void pass(const Bytes& frame) {
    ++tally_.frames;
    tally_.octets += frame.size();
    if (passes) passes(frame);
    if (!bursts.is_off && happens(faults_.burst) && must_be_heard(frame)) return burst_before(frame);
    Bytes octets = frame;
    spoiler_.spoil(octets);
    if (octets.empty()) {
      ++tally_.lost;
      return;
    }
    // A second time: at once, or when whoever waited for it has gone on.
    Bytes again;
    if (happens(faults_.twice)) {
      ++tally_.twice;
      again.assign(octets.begin() + below(random_() % 2 == 0 ? 1 : octets.size()), octets.end());
      if (random_() % 3 == 0) {
        octets.insert(octets.end(), again.begin(), again.end());
        again.clear();
      }
    }
    if (happens(faults_.held_back) && held_.empty()) {
      held_ = std::move(octets);
      held_until_ = LoopClock::now() + milliseconds(1 + below(600));
      return;
    }
    if (!held_.empty()) {
      ++tally_.merged;
      octets.insert(octets.begin(), held_.begin(), held_.end());
      held_.clear();
    }
    milliseconds delay{};
    if (happens(faults_.delayed)) {
      ++tally_.delayed;
      delay = milliseconds(1 + below(40));
    }
    if (octets.size() >= 2 && happens(faults_.split)) {
      ++tally_.split;
      const std::size_t cut = 1 + next_cut_++ % (octets.size() - 1);
      if (cut < tally_.split_at.size()) tally_.split_at.set(cut);
      enqueue(Bytes(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(cut)), delay);
      octets.erase(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(cut));
      delay = milliseconds(2);
    }
    enqueue(std::move(octets), delay);
    enqueue(std::move(again), milliseconds(1));
  }

  void burst_before(const Bytes& frame) {
    give_held();
    Bytes octets = garbage(frame);
    octets.insert(octets.end(), frame.begin(), frame.end());
    bursts.ahead.push_back({position_, position_ + octets.size()});
    enqueue(std::move(octets), {});
  }

  // Its first octet is none that could end a frame that was cut short before.
  Bytes garbage(const Bytes& frame) {
    const auto size = static_cast<std::size_t>(1 + below(300));
    switch (random_() % 4) {
      case 0:
        return Bytes(size, 0xff);
      case 1:  // the begin of the very frame
        return Bytes(frame.begin() + 1, frame.begin() + 2 + below(frame.size() - 2));
      default:
        Bytes octets(size);
        for (std::uint8_t& each : octets) each = static_cast<std::uint8_t>(random_());
        octets[0] |= 1U;
        return octets;
    }
  }

  std::ptrdiff_t below(std::size_t limit) { return static_cast<std::ptrdiff_t>(random_() % limit); }

  // Nothing overtakes on a line.
  void enqueue(Bytes octets, milliseconds delay) {
    if (octets.empty()) return;
    last_due_ = std::max(last_due_, LoopClock::now()) + delay;
    position_ += octets.size();
    pieces_.push_back({last_due_, std::move(octets)});
  }
  void give_held() {
    if (!held_.empty()) enqueue(std::exchange(held_, {}), {});
  }
  [[nodiscard]] TimePoint next_due() const {
    TimePoint due = pieces_.empty() ? TimePoint::max() : pieces_.front().due;
    if (!held_.empty()) due = std::min(due, held_until_);
    return due;
  }
  void give_due() {
    const TimePoint now = LoopClock::now();
    if (!held_.empty() && held_until_ <= now) give_held();
    while (!pieces_.empty() && pieces_.front().due <= now) {
      Bytes& octets = pieces_.front().octets;
      const ssize_t took = ::write(to_, octets.data(), octets.size());
      if (took > 0) octets.erase(octets.begin(), octets.begin() + took);
      if (octets.empty()) {
        pieces_.pop_front();
      } else {
        pieces_.front().due = now + milliseconds(1);  // nobody reads at present
      }
    }
  }

  const PtyFaults faults_;
  std::mt19937_64 random_;
  Spoiler spoiler_;
  TtyPort from_;
  const int to_;
  WayTally tally_;
  Bytes buffer_ = Bytes(4096);
  Bytes half_;   // of a frame
  Bytes frame_;  // that was cut off last
  Bytes held_;
  TimePoint held_until_{};
  std::deque<Piece> pieces_;
  TimePoint last_due_{};
  std::uint64_t position_ = 0;
  std::size_t next_cut_;
  bool is_over_ = false;
  bool has_ended_ = false;
};

}  // namespace leafgate::serial

#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "adapters/serial/byte_port.hpp"
#include "adapters/serial/line_timing.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/model_leaf.hpp"
#include "tests/fakes/wire_faults.hpp"

namespace leafgate::serial {

// A line in virtual time: what is said takes as long as its baud rate says, leaves that talk at the same time
// garble each other, and whatever is wished goes wrong. Its ends are a Device for the gateway and LeafEnds.
class SerialWire {
 public:
  SerialWire(Simulator& sim, int baud, WireFaults faults = {})
      : sim_(sim), spoiler_(faults, [&sim] { return sim.random(); }), wakeup_(sim.executor()) {
    timing_.baud = baud;
    sim.spawn(run());
  }

  void add(LeafEnd& leaf) { leaves_.push_back(&leaf); }
  [[nodiscard]] std::unique_ptr<Device> device();

  // Something says 0x55 all the time between these moments, as fast as the line can.
  void babble(TimePoint begin, TimePoint end) {
    constexpr std::chrono::milliseconds slice(5);
    for (TimePoint at = begin; at < end; at += slice) {
      const auto octets = static_cast<std::size_t>(slice / timing_.of(1));
      later(at + slice, [this, octets] { give(Bytes(octets, 0x55)); });
    }
  }
  void unplug() {
    is_there = false;
    if (port_wakeup_ != nullptr) port_wakeup_->notify();
  }
  void plug() {
    is_there = true;
    if (changed_) changed_();
  }

  bool is_there = true;
  bool is_stalled = false;
  bool is_held = false;  // by another program

  // Of the wire: octets said by both ends, and the time in which nobody spoke and the next to speak was the
  // gateway.
  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  [[nodiscard]] LoopClock::duration owed() const { return owed_; }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] const LineTiming& timing() const { return timing_; }
  [[nodiscard]] int opened() const { return opened_; }
  [[nodiscard]] bool is_open() const { return port_wakeup_ != nullptr; }

 private:
  friend class WirePort;
  friend class WireDevice;
  struct Talk {
    TimePoint begin;
    TimePoint end;
    Bytes octets;
  };

  void later(TimePoint when, std::function<void()> what) {
    events_.emplace(when, std::move(what));
    wakeup_.notify();
  }

  Task<void> run() {
    for (;;) {
      while (!events_.empty() && events_.begin()->first <= sim_.now()) {
        const auto what = std::move(events_.begin()->second);
        events_.erase(events_.begin());
        what();
      }
      const TimePoint next = events_.empty() ? TimePoint::max() : events_.begin()->first;
      co_await wakeup_.wait_until(next);
    }
  }

  // The gateway says something: it is on the wire behind what it said before.
  void say(ByteView said) {
    Bytes octets(said.begin(), said.end());
    const TimePoint begin = std::max(sim_.now(), free_at_);
    if (begin > last_talk_ && last_talk_ != TimePoint()) owed_ += begin - last_talk_;
    free_at_ = begin + timing_.of(octets.size());
    last_talk_ = std::max(last_talk_, free_at_);
    octets_ += octets.size();
    ++frames_;
    later(free_at_, [this, octets = std::move(octets)]() mutable { at_leaves(std::move(octets)); });
  }

  void at_leaves(Bytes octets) {
    if (spoiler_.faults.echo) give(octets);
    spoiler_.spoil(octets);
    if (octets.empty()) return;
    const bool is_twice = spoiler_.happens(spoiler_.faults.twice);
    for (LeafEnd* const leaf : leaves_) {
      Bytes answer = leaf->hear(octets, sim_.now());
      if (is_twice) {
        Bytes again = leaf->hear(octets, sim_.now());
        if (answer.empty()) answer = std::move(again);
      }
      if (answer.empty()) continue;
      Talk talk;
      talk.begin = sim_.now() + leaf->turn_round();
      talk.end = talk.begin + timing_.of(answer.size());
      octets_ += answer.size();
      ++frames_;
      talk.octets = std::move(answer);
      last_talk_ = std::max(last_talk_, talk.end);
      later(talk.end, [this] { at_gateway(); });
      talks_.push_back(std::move(talk));
    }
  }

  // Somebody has ended; when nobody talks into it any more, what was said together arrives.
  void at_gateway() {
    const TimePoint now = sim_.now();
    const auto is_over = [&](const Talk& talk) { return talk.end <= now; };
    const auto is_ahead = [&](const Talk& talk) { return talk.begin >= now; };
    if (!std::all_of(talks_.begin(), talks_.end(),
                     [&](const Talk& talk) { return is_over(talk) || is_ahead(talk); }))
      return;
    const auto rest = std::stable_partition(talks_.begin(), talks_.end(), is_over);
    if (rest == talks_.begin()) return;
    TimePoint begin = talks_.front().begin;
    for (auto talk = talks_.begin(); talk != rest; ++talk) begin = std::min(begin, talk->begin);
    Bytes mixed;
    for (auto talk = talks_.begin(); talk != rest; ++talk) {
      const auto at = static_cast<std::size_t>((talk->begin - begin) / timing_.of(1));
      for (std::size_t i = 0; i < talk->octets.size(); ++i) {
        if (at + i >= mixed.size()) mixed.resize(at + i, 0xff);
        if (at + i == mixed.size()) {
          mixed.push_back(talk->octets[i]);
        } else {
          mixed[at + i] &= talk->octets[i];
        }
      }
    }
    talks_.erase(talks_.begin(), rest);
    spoiler_.spoil(mixed);
    if (mixed.empty()) return;
    if (spoiler_.happens(spoiler_.faults.twice)) mixed.insert(mixed.end(), mixed.begin(), mixed.end());
    if (spoiler_.happens(spoiler_.faults.held_back)) {
      const auto span = std::chrono::milliseconds(1 + sim_.random() % 700);
      return later(now + span, [this, mixed = std::move(mixed)] { give(mixed); });
    }
    if (spoiler_.happens(spoiler_.faults.split)) {
      const auto cut = static_cast<std::ptrdiff_t>(sim_.random() % mixed.size());
      later(now + std::chrono::milliseconds(20),
            [this, second = Bytes(mixed.begin() + cut, mixed.end())] { give(second); });
      mixed.resize(static_cast<std::size_t>(cut));
    }
    give(mixed);
  }

  void give(const Bytes& octets) {
    came_.insert(came_.end(), octets.begin(), octets.end());
    constexpr std::size_t kernel_buffer = 4095;
    if (came_.size() > kernel_buffer) came_.resize(kernel_buffer);
    if (port_wakeup_ != nullptr) port_wakeup_->notify();
  }

  Simulator& sim_;
  LineTiming timing_;
  Spoiler spoiler_;
  Wakeup wakeup_;
  std::multimap<TimePoint, std::function<void()>> events_;
  std::vector<LeafEnd*> leaves_;
  std::vector<Talk> talks_;
  std::deque<std::uint8_t> came_;
  Wakeup* port_wakeup_ = nullptr;
  std::function<void()> changed_;
  TimePoint free_at_{};
  TimePoint last_talk_{};
  LoopClock::duration owed_{};
  std::uint64_t octets_ = 0;
  std::uint64_t frames_ = 0;
  int opened_ = 0;
};

class WirePort final : public BytePort {
 public:
  explicit WirePort(SerialWire& wire) : wire_(wire), wakeup_(wire.sim_.executor()) {
    wire.port_wakeup_ = &wakeup_;
    wire.came_.clear();
  }
  ~WirePort() override { wire_.port_wakeup_ = nullptr; }
  WirePort(const WirePort&) = delete;
  WirePort& operator=(const WirePort&) = delete;

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, TimePoint until) override {
    while (wire_.came_.empty() && wire_.is_there && !interrupted_ && LoopClock::now() < until)
      co_await wakeup_.wait_until(until);
    if (!wire_.is_there) co_return Error(Errc::unreachable, "unplugged");
    interrupted_ = false;
    const std::size_t size = std::min(into.size(), wire_.came_.size());
    const auto end = wire_.came_.begin() + static_cast<std::ptrdiff_t>(size);
    std::copy(wire_.came_.begin(), end, into.begin());
    wire_.came_.erase(wire_.came_.begin(), end);
    co_return size;
  }

  Task<Result<void>> write(ByteView octets, TimePoint until) override {
    if (!wire_.is_there) co_return Error(Errc::unreachable, "unplugged");
    if (wire_.is_stalled) {
      co_await sleep_until(until);
      co_return Error(Errc::timed_out, "stalled");
    }
    wire_.say(octets);
    co_return Result<void>();
  }

  void interrupt() override {
    interrupted_ = true;
    wakeup_.notify();
  }
  void discard() override { wire_.came_.clear(); }

 private:
  SerialWire& wire_;
  Wakeup wakeup_;
  bool interrupted_ = false;
};

class WireDevice final : public Device {
 public:
  explicit WireDevice(SerialWire& wire) : wire_(wire) {}
  Result<std::unique_ptr<BytePort>> open() override {
    if (!wire_.is_there) return Error(Errc::not_found, "not there");
    if (wire_.is_held) return Error(Errc::conflict, "locked by process 1");
    ++wire_.opened_;
    return std::unique_ptr<BytePort>(std::make_unique<WirePort>(wire_));
  }
  void watch(std::function<void()> changed) override { wire_.changed_ = std::move(changed); }
  void unwatch() override { wire_.changed_ = nullptr; }

 private:
  SerialWire& wire_;
};

inline std::unique_ptr<Device> SerialWire::device() { return std::make_unique<WireDevice>(*this); }

}  // namespace leafgate::serial

#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "adapters/serial/byte_port.hpp"
#include "tests/fakes/noisy_way.hpp"

namespace leafgate::serial {

struct WriteTally {
  std::uint64_t slow = 0;    // the device did not take it at once
  std::uint64_t failed = 0;  // nor in time
};

// A port whose reader is watched: whether what follows each burst is heard. It asks for no time: the frame
// counts as missed when its reader has had all of its octets and goes on without having heard it.
class WatchedPort final : public BytePort {
 public:
  // `sounded` counts the sound frames that its reader has heard so far.
  WatchedPort(std::unique_ptr<BytePort> port, Bursts& bursts, WriteTally& writes,
              std::function<std::uint64_t()> sounded)
      : port_(std::move(port)), bursts_(bursts), writes_(writes), sounded_(std::move(sounded)) {}

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, TimePoint until) override {
    judge();
    const std::uint64_t begin = position_;
    const std::uint64_t sounded = sounded_();
    if (!bursts_.ahead.empty()) {
      const Bursts::Span& next = bursts_.ahead.front();
      const std::uint64_t stop = begin < next.begin ? next.begin : next.end;
      into = into.first(std::min(into.size(), static_cast<std::size_t>(stop - begin)));
    }
    auto got = co_await port_->read_some(into, until);
    if (got) note(begin, *got, sounded);
    co_return got;
  }

  Task<Result<void>> write(ByteView octets, TimePoint until) override {
    judge();
    // Who speaks in the middle of a frame may forget what came of it.
    if (!bursts_.ahead.empty() && position_ > bursts_.ahead.front().begin) is_exact_ = false;
    const TimePoint begin = LoopClock::now();
    auto put = co_await port_->write(octets, until);
    if (LoopClock::now() - begin > std::chrono::milliseconds(2)) ++writes_.slow;
    if (!put) ++writes_.failed;
    co_return put;
  }

  void interrupt() override { port_->interrupt(); }
  void discard() override {
    bursts_.is_off = true;
    bursts_.ahead.clear();
    port_->discard();
  }

 private:
  void note(std::uint64_t begin, std::size_t got, std::uint64_t sounded) {
    position_ = begin + got;
    if (bursts_.ahead.empty()) return;
    const Bursts::Span& next = bursts_.ahead.front();
    if (begin <= next.begin && position_ > next.begin) {
      is_exact_ = begin == next.begin;
      before_ = sounded;
    }
    if (position_ > next.end) is_exact_ = false;
  }
  void judge() {
    while (!bursts_.ahead.empty() && position_ >= bursts_.ahead.front().end) {
      if (!is_exact_) {
        ++bursts_.undecided;
      } else if (sounded_() > before_) {
        ++bursts_.heard;
      } else {
        ++bursts_.missed;
      }
      is_exact_ = false;
      bursts_.ahead.pop_front();
    }
  }

  const std::unique_ptr<BytePort> port_;
  Bursts& bursts_;
  WriteTally& writes_;
  const std::function<std::uint64_t()> sounded_;
  std::uint64_t position_ = 0;
  std::uint64_t before_ = 0;
  bool is_exact_ = false;
};

}  // namespace leafgate::serial

#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "adapters/serial/byte_port.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/model_leaf.hpp"
#include "tests/fakes/wire_faults.hpp"

namespace leafgate::serial {

// A line to one leaf on which talk takes no time at all, so that millions of frames can be said; only waiting
// for an answer that does not come takes its time. It is unplugged, for good, after `most` frames.
class InstantWire {
 public:
  InstantWire(Simulator& sim, LeafEnd& leaf, const WireFaults& faults, std::uint64_t most)
      : sim_(sim), leaf_(leaf), spoiler_(faults, [&sim] { return sim.random(); }), most_(most) {}

  [[nodiscard]] std::unique_ptr<Device> device() { return std::make_unique<Plug>(*this); }
  [[nodiscard]] bool is_over() const { return frames_ >= most_; }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] std::uint64_t errors() const { return spoiler_.errors; }

 private:
  class Port final : public BytePort {
   public:
    explicit Port(InstantWire& wire) : wire_(wire) {}

    Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, TimePoint until) override {
      if (wire_.is_over()) co_return Error(Errc::unreachable, "unplugged");
      if (came_.empty() && !std::exchange(interrupted_, false)) co_await sleep_until(until);
      const std::size_t size = std::min(into.size(), came_.size());
      std::copy_n(came_.begin(), size, into.begin());
      came_.erase(came_.begin(), came_.begin() + static_cast<std::ptrdiff_t>(size));
      co_return size;
    }
    Task<Result<void>> write(ByteView octets, TimePoint) override {
      wire_.say(octets, came_);
      co_return Result<void>();
    }
    void interrupt() override { interrupted_ = true; }
    void discard() override { came_.clear(); }

   private:
    InstantWire& wire_;
    Bytes came_;
    bool interrupted_ = false;
  };

  class Plug final : public Device {
   public:
    explicit Plug(InstantWire& wire) : wire_(wire) {}
    Result<std::unique_ptr<BytePort>> open() override {
      if (wire_.is_over()) return Error(Errc::not_found, "unplugged");
      return std::unique_ptr<BytePort>(std::make_unique<Port>(wire_));
    }
    void watch(std::function<void()>) override {}
    void unwatch() override {}

   private:
    InstantWire& wire_;
  };

  void say(ByteView said, Bytes& came) {
    Bytes octets(said.begin(), said.end());
    ++frames_;
    if (spoiler_.faults.echo) came.insert(came.end(), octets.begin(), octets.end());
    spoiler_.spoil(octets);
    if (octets.empty()) return;
    Bytes answer = leaf_.hear(octets, sim_.now());
    if (answer.empty()) return;
    ++frames_;
    spoiler_.spoil(answer);
    came.insert(came.end(), answer.begin(), answer.end());
    if (spoiler_.happens(spoiler_.faults.twice)) came.insert(came.end(), answer.begin(), answer.end());
  }

  Simulator& sim_;
  LeafEnd& leaf_;
  Spoiler spoiler_;
  const std::uint64_t most_;
  std::uint64_t frames_ = 0;
};

}  // namespace leafgate::serial

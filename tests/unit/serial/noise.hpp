#pragma once

#include <algorithm>

#include "adapters/serial/serial_lines.hpp"
#include "tests/fakes/instant_wire.hpp"
#include "tests/fakes/serial_wire.hpp"
#include "tests/unit/serial/line_fixture.hpp"

namespace leafgate::serial {

// Messages that say which one they are in every octet: a wrong one, a second one and one out of order show.
class Numbered {
 public:
  [[nodiscard]] Bytes next() {
    ++said_;
    Bytes message(5 + said_ * 37 % 300);
    fill(message, said_);
    return message;
  }
  void heard(const Bytes& message) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4 && i < message.size(); ++i) number = number << 8U | message[i];
    Bytes expected(5 + std::size_t{number} * 37 % 300);
    fill(expected, number);
    if (message != expected) ++wrong;
    if (number <= last_) ++repeated;
    missing += number > last_ ? number - last_ - 1 : 0;
    last_ = std::max(last_, number);
    ++count;
  }
  // What another one heard.
  void add(const Numbered& other) {
    count += other.count;
    wrong += other.wrong;
    repeated += other.repeated;
    missing += other.missing;
  }

  std::uint64_t count = 0;
  std::uint64_t wrong = 0;     // accepted, and not as it was said
  std::uint64_t repeated = 0;  // executed twice, or out of order
  std::uint64_t missing = 0;   // with a leaf that was lost

 private:
  static void fill(Bytes& message, std::uint32_t number) {
    for (std::size_t i = 0; i < message.size(); ++i) {
      const std::uint32_t mixed = number * 2654435761U + static_cast<std::uint32_t>(i) * 40503U;
      message[i] =
          i < 4 ? static_cast<std::uint8_t>(number >> (24 - 8 * i)) : static_cast<std::uint8_t>(mixed >> 13U);
    }
  }
  std::uint32_t said_ = 0;
  std::uint32_t last_ = 0;
};

struct NoiseTally {
  LineFacts facts;
  std::uint64_t frames = 0;  // on the wire, both ways
  Numbered up;               // as the gateway heard it
  Numbered down;             // as the leaf heard it
};

// A leaf and a gateway that talk without a pause.
struct Talkers {
  struct Script final : LeafScript {
    std::optional<Bytes> next(TimePoint) override { return said.next(); }
    void heard(Bytes message, TimePoint) override { got.heard(message); }
    Numbered said, got;
  };
  struct Link final : LeafLink {
    void hear(std::shared_ptr<LeafCarrier> from, Bytes message) override {
      got.heard(message);
      from->send(said.next());
    }
    void lost(const LeafCarrier&) override {}
    Numbered said, got;
  };

  explicit Talkers(std::uint64_t seed, std::uint8_t mtu = 240) : leaf(uid_of(seed), mtu, script) {
    leaf.turn = {};
  }

  // Until `is_over`; `device_of` as SerialLines wants it.
  template <class F>
  NoiseTally talk(Simulator& sim, const SerialLines::DeviceOf& device_of, F is_over) {
    std::vector<LineConfig> configs(1);
    configs[0].name = "noisy";
    SerialLines lines(sim.executor(), configs, device_of, link, NameOf());
    lines.start();
    while (!is_over()) sim.run_for(seconds(1));
    NoiseTally tally;
    tally.facts = lines.lines().front();
    tally.up = link.got;
    tally.down = script.got;
    sim.run(lines.stop());
    return tally;
  }

  Script script;
  Link link;
  ModelLeaf leaf;
};

// Over a wire that takes its time, until so many frames were said.
inline NoiseTally talk_through(const WireFaults& faults, std::uint64_t frames, std::uint64_t seed) {
  Simulator sim(seed);
  Talkers talkers(seed);
  SerialWire wire(sim, 115200, faults);
  wire.add(talkers.leaf);
  const auto device_of = [&](const Executor&, const LineConfig&) { return wire.device(); };
  NoiseTally tally = talkers.talk(sim, device_of, [&] { return wire.frames() >= frames; });
  tally.frames = wire.frames();
  return tally;
}

// The same over one that takes none.
inline NoiseTally talk_quickly_through(const WireFaults& faults, std::uint64_t frames, std::uint64_t seed) {
  Simulator sim(seed);
  Talkers talkers(seed);
  InstantWire wire(sim, talkers.leaf, faults, frames);
  const auto device_of = [&](const Executor&, const LineConfig&) { return wire.device(); };
  NoiseTally tally = talkers.talk(sim, device_of, [&] { return wire.is_over(); });
  tally.frames = wire.frames();
  return tally;
}

}  // namespace leafgate::serial

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/serial/serial_lines.hpp"
#include "tests/fakes/serial_wire.hpp"

namespace leafgate::serial {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline Uid uid_of(std::uint64_t number) {
  Uid uid{};
  number *= 0x9e37'79b9'7f4a'7c15;  // spread, so that prefixes differ early
  for (std::size_t i = 0; i < uid.size(); ++i) uid[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  return uid;
}

// A message of this size: a kind and a number in front, the rest filled.
inline Bytes message_of(std::uint8_t kind, std::size_t size, std::uint8_t fill = 0x5a) {
  Bytes message(size, fill);
  message[0] = kind;
  return message;
}

// The registration of a symmetric-key leaf, by the sizes of its messages: kinds 1 register, 2 challenge,
// 3 proof, 4 status, 5 poll, 6 result.
class Registering : public LeafScript {
 public:
  std::optional<Bytes> next(TimePoint now) override {
    if (now < not_before_) return std::nullopt;
    const auto say = [this](std::uint8_t kind, std::size_t size) {
      to_say_ = 0;
      return std::optional<Bytes>(message_of(kind, size));
    };
    switch (to_say_) {
      case 1:
        return say(1, 80);
      case 3:
        return say(3, 80);
      case 5:
        return say(5, 24);
      default:
        return std::nullopt;
    }
  }
  void heard(Bytes message, TimePoint now) override {
    kinds.push_back(message[0]);
    not_before_ = now;
    if (message[0] == 2) {
      to_say_ = 3;
      ready_at_ = now + signing;
    }
    if (message[0] == 4) {
      to_say_ = 5;
      not_before_ = now + retry_after;
    }
    if (message[0] == 6) is_registered = true;
  }
  LoopClock::duration busy_until_ready(TimePoint now) override {
    return now < ready_at_ ? ready_at_ - now : LoopClock::duration::zero();
  }

  void register_again() {
    is_registered = false;
    to_say_ = 1;
    kinds.clear();
  }

  bool is_registered = false;
  std::vector<int> kinds;
  LoopClock::duration signing{};
  LoopClock::duration retry_after = seconds(1);

 private:
  int to_say_ = 1;
  TimePoint not_before_{};
  TimePoint ready_at_{};
};

// What the leaf link answers, at once: by kinds as above.
class AnsweringLink final : public LeafLink {
 public:
  void hear(std::shared_ptr<LeafCarrier> from, Bytes message) override {
    heard.push_back(message);
    carriers[from->source().address] = from;
    if (message[0] == 1) from->send(message_of(2, 160));
    if (message[0] == 3) from->send(message_of(4, 30));
    if (message[0] == 5) from->send(message_of(6, 250));
  }
  void lost(const LeafCarrier& carrier) override { lost_ones.push_back(carrier.source().address); }

  std::vector<Bytes> heard;
  std::map<std::string, std::shared_ptr<LeafCarrier>> carriers;
  std::vector<std::string> lost_ones;
};

// A leaf with what it says.
struct RegisteringLeaf {
  explicit RegisteringLeaf(std::uint64_t number, std::uint8_t mtu = 240) : end(uid_of(number), mtu, script) {}
  Registering script;
  ModelLeaf end;
};

// One line in virtual time, and its leaves.
class OneLine : public testing::Test {
 protected:
  ~OneLine() override {
    if (lines) sim.run(lines->stop());
  }

  void start(LineConfig config = {}, WireFaults faults = {}) {
    config.name = "line1";
    config.path = "/dev/ttyX";
    wires.push_back(std::make_unique<SerialWire>(sim, config.baud, faults));
    wire = wires.back().get();
    for (const auto& leaf : leaves) wire->add(leaf->end);
    const auto device_of = [this](const Executor&, const LineConfig&) { return wire->device(); };
    const std::vector<LineConfig> configs(1, config);
    lines = std::make_unique<SerialLines>(sim.executor(), configs, device_of, link, [](ByteView message) {
      return message[0] == 1 ? std::string("press-01") : std::string();
    });
    lines->start();
  }
  RegisteringLeaf& add_leaf(std::uint64_t number, std::uint8_t mtu = 240) {
    leaves.push_back(std::make_unique<RegisteringLeaf>(number, mtu));
    if (wire) wire->add(leaves.back()->end);
    return *leaves.back();
  }
  // A leaf with a script of the test's own, on the wire that is there.
  template <class Script>
  Script& add_leaf_with(std::uint64_t number, std::uint8_t mtu) {
    struct Both {
      Both(std::uint64_t n, std::uint8_t m) : end(uid_of(n), m, script) {}
      Script script;
      ModelLeaf end;
    };
    auto both = std::make_shared<Both>(number, mtu);
    wire->add(both->end);
    others.push_back(both);
    return both->script;
  }
  [[nodiscard]] LineFacts facts() const { return lines->lines().front(); }
  [[nodiscard]] bool are_all_registered() const {
    return std::all_of(leaves.begin(), leaves.end(),
                       [](const auto& leaf) { return leaf->script.is_registered; });
  }
  // Until `done`, in steps; false when it takes longer than `most`.
  template <class F>
  bool run_until(F done, LoopClock::duration most, LoopClock::duration step = milliseconds(10)) {
    const TimePoint end = sim.now() + most;
    while (!done() && sim.now() < end) sim.run_for(step);
    return done();
  }

  Simulator sim{1};
  std::vector<std::unique_ptr<RegisteringLeaf>> leaves;
  std::vector<std::shared_ptr<void>> others;
  AnsweringLink link;
  std::vector<std::unique_ptr<SerialWire>> wires;  // earlier ones are still waited for in the simulation
  SerialWire* wire = nullptr;
  std::unique_ptr<SerialLines> lines;
};

}  // namespace leafgate::serial

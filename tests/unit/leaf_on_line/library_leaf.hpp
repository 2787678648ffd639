#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/leaf_link.hpp"
#include "tests/fakes/model_leaf.hpp"
#include "tests/unit/leaf_link/firmware.hpp"

// The leaf library at one end of a line, and at the other who says what the vectors say.
namespace leafgate::serial {

using leaf_link::Firmware;
using leaf_link::Octets;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline Bytes bytes_of(const Octets& octets) { return {octets.begin(), octets.end()}; }

class LibraryLeaf final : public LeafEnd {
 public:
  explicit LibraryLeaf(const std::string& conversation) : firmware(conversation) {
    firmware.config.address = 0;  // the gateway gives it one
  }

  Bytes hear(ByteView octets, TimePoint now) override {
    firmware.now = clock_at(now);
    leafgate_leaf_tick(&firmware.leaf);
    firmware.sent.clear();
    leafgate_leaf_octets(&firmware.leaf, octets.data(), octets.size());
    leafgate_leaf_tick(&firmware.leaf);
    Bytes said;
    for (const Octets& frame : firmware.sent) said.insert(said.end(), frame.begin(), frame.end());
    return said;
  }

  [[nodiscard]] std::uint32_t clock_at(TimePoint now) const {
    return static_cast<std::uint32_t>(now.time_since_epoch() / milliseconds(1) * haste);
  }

  Firmware firmware;
  int haste = 1;  // how fast its clock is
};

// A leaf link that says what the vectors say.
class VectorLink final : public LeafLink {
 public:
  explicit VectorLink(const Firmware& firmware) : firmware_(firmware) {}
  void hear(std::shared_ptr<LeafCarrier> from, Bytes message) override {
    for (const auto& [heard, answer] :
         {std::pair("register", "challenge"), std::pair("proof", "assigning"), std::pair("poll", "result")}) {
      if (message != bytes_of(firmware_.vector(heard))) continue;
      names.emplace_back(heard);
      from->send(bytes_of(firmware_.vector(answer)));
      return;
    }
    names.emplace_back("unknown");
  }
  void lost(const LeafCarrier&) override { ++losses; }

  std::vector<std::string> names;
  int losses = 0;

 private:
  const Firmware& firmware_;
};

}  // namespace leafgate::serial

#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "adapters/leaf/leafgate_leaf.h"
#include "adapters/leaf/program/digests.hpp"
#include "adapters/leaf/program/keys.hpp"
#include "tests/unit/leaf_link/vectors.hpp"

namespace leafgate::leaf_link {

inline LeafgateSpan span_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline Octets octets_of(LeafgateSpan span) { return {reinterpret_cast<const char*>(span.at), span.size}; }

// What a leaf was told, with copies of what it points to.
struct Told {
  int what;
  int of;
  std::uint32_t wait;
  std::uint32_t error_code;
  Octets reason, hub, device, substatus, payload, authentication_key;
  std::vector<Octets> issued;
};

// A leaf as the vectors have it ("symmetricKey-240", "x509-broker"), with a clock and a generator that the
// test holds. Its first attempt draws the exchange and the nonce of the vectors, the later ones others.
class Firmware {
 public:
  explicit Firmware(std::string conversation, std::size_t room = 0);
  Firmware(const Firmware&) = delete;

  // Begin() is apart, so that a test can change `config` before.
  int init() { return leafgate_leaf_init(&leaf, &config, message.data(), message.size()); }
  int start();
  Octets vector(const std::string& name) const { return message_of(conversation, name); }
  [[nodiscard]] bool serial() const { return config.carrier == LEAFGATE_SERIAL; }
  void pass(std::uint32_t ms) {
    now += ms;
    leafgate_leaf_tick(&leaf);
  }
  // The last news; fails without.
  const Told& last() const { return told.at(told.size() - 1); }

  std::string conversation;
  LeafgateConfig config{};
  LeafgateLeaf leaf{};
  std::vector<std::uint8_t> message;
  std::vector<Octets> sent;  // by tx
  std::vector<Told> told;
  std::vector<Octets> signed_hashes;
  std::uint32_t now = 0xfffff000U;  // its clock wraps in every test
  bool tx_fails = false, sign_fails = false, random_fails = false;
  std::size_t drawn = 0;
  std::size_t signature_size = 64;

 private:
  void draw(std::uint8_t* out, std::size_t size);
  int sign(int scheme, std::string_view hash, std::uint8_t* out, std::size_t room, std::size_t* size);

  device::Digests digests_;
  std::vector<Octets> kept_;  // what the configuration points to
};

}  // namespace leafgate::leaf_link

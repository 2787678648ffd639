#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "gateway/model/bytes.hpp"

namespace leafgate {

// What the gateway says of itself to a leaf without IP, in challenge, result, error and sign
// (adapters/wire/leaf_link.cddl, auth-payload).
struct GatewayWord {
  int type = 0;
  std::uint32_t exchange = 0;
  std::string registration_id;  // as the leaf wrote it
  std::array<std::uint8_t, 16> leaf_nonce{};
  Bytes nonce;                              // the gateway's, 32 octets; empty before there is one
  std::array<std::uint8_t, 32> messages{};  // SHA-256 of what was said before
  std::array<std::uint8_t, 32> body{};      // SHA-256 of the body without its proof
};

// How it proves that: a MAC of 32 octets by the leaf's device key, or a signature of 64 octets (ES256: r and
// s) and the key it is by.
struct GatewayProof {
  Bytes tag;
  Bytes public_key;  // x and y, 64 octets; empty: the tag is a MAC
};

}  // namespace leafgate

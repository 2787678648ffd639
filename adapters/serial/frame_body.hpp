#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "adapters/serial/frame.hpp"
#include "gateway/model/time.hpp"

namespace leafgate::serial {

// What frames other than DATA say: one row of the table in adapters/wire/leaf_link.cddl each.

using Uid = std::array<std::uint8_t, 8>;
[[nodiscard]] std::string to_text(const Uid& uid);  // 16 hex digits

// The first `bits` bits of a UID, most significant first; the rest is zero.
struct Prefix {
  std::uint64_t value = 0;
  int bits = 0;
};
[[nodiscard]] bool begins_with(const Uid& uid, const Prefix& prefix);

struct Hello {
  Uid uid{};
  int mtu = 64;                  // 64, 128 or 240
  std::uint32_t boot_nonce = 0;  // another one after each start of the leaf
};

enum class NakCode : std::uint8_t { busy = 1, too_large = 2, out_of_order = 3, not_known = 4 };
struct Nak {
  NakCode code = NakCode::busy;
  Millis wait{0};  // busy: until it is worth asking again
};

struct Assignment {
  Uid uid{};
  std::uint8_t address = 0;
};

// Whether fragment and payload are what the frame's type says.
[[nodiscard]] bool is_sound(const Frame& frame);

// Of sound frames of the type.
[[nodiscard]] Hello hello_of(const Frame& frame);
[[nodiscard]] Nak nak_of(const Frame& frame);
[[nodiscard]] Prefix prefix_of(const Frame& frame);
[[nodiscard]] Assignment assignment_of(const Frame& frame);

// Questions of the gateway.
[[nodiscard]] Frame make_question(FrameType type, std::uint8_t address, std::uint8_t number);
[[nodiscard]] Frame make_discover(const Prefix& prefix, std::uint8_t number);
[[nodiscard]] Frame make_assign(const Assignment& assignment, std::uint8_t number);

}  // namespace leafgate::serial

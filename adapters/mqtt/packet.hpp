#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/model/bytes.hpp"

namespace leafgate::mqtt {

// The packets a client may send in MQTT 3.1.1 (OASIS standard, 29 October 2014; sections named below). Views
// point into the octets that were decoded and live as long as those.

// §3.1. When `level` is not 4 nothing behind it was read: another version lays the rest out differently.
struct Connect {
  std::uint8_t level = 0;
  bool clean_session = false;
  bool has_will = false;
  std::uint16_t keep_alive = 0;  // seconds, 0 = off
  std::string_view client_id;
  std::optional<std::string_view> username;
  std::optional<std::string_view> password;  // a credential: never logged
};

// §3.3.
struct Publish {
  bool dup = false;
  std::uint8_t qos = 0;
  bool retain = false;
  std::uint16_t packet_id = 0;  // not 0 when qos > 0
  std::string_view topic;       // at least one character, no wildcards
  std::string_view payload;
};

// §3.4. Packet id 0 is let through: some clients acknowledge what was never numbered.
struct PubAck {
  std::uint16_t packet_id = 0;
};

struct Filter {
  std::string_view text;
  std::uint8_t qos = 0;  // asked for, 0 to 2; of an UNSUBSCRIBE always 0
};

// §3.8 and §3.10: one filter at least, most_filters at most.
struct Subscribe {
  std::uint16_t packet_id = 0;
  std::vector<Filter> filters;
};
struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::vector<Filter> filters;
};

struct PingReq {};
struct Disconnect {};

using Packet = std::variant<Connect, Publish, PubAck, Subscribe, Unsubscribe, PingReq, Disconnect>;

inline constexpr std::size_t most_filters = 8;  // of one packet; an SDK names one
inline constexpr std::uint8_t level_3_1_1 = 4;

// What may come now; checked against the length a packet claims, before anything is kept for it.
struct Expect {
  bool connect = true;          // nothing but CONNECT
  std::size_t control = 4096;   // octets of any packet but PUBLISH, whole
  std::size_t publish = 16384;  // octets of a PUBLISH, whole
  std::size_t topic = 512;      // octets of a topic
};

enum class Outcome {
  need_more,  // `size`: octets in all without which nothing can be said; more than were given
  packet,     // `packet` holds it, `size` octets were used
  too_large,  // the packet claims `size` octets, more than it may have; nothing of it was read
  malformed,  // `why`
  foreign,    // `why`: this peer does not speak MQTT at all
};

struct Decoded {
  Outcome outcome = Outcome::need_more;
  std::size_t size = 0;
  Packet packet;
  std::string_view why;  // constant text
};

// Decodes the packet at the front of `octets`. Pure; strict: reserved bits, shortest length form, exact
// lengths and UTF-8 as §1.5.3. What only servers send is malformed.
[[nodiscard]] Decoded decode(ByteView octets, const Expect& expect);

// Decodes the head of a PUBLISH that is too large to be kept: the packet without its payload. `size` is that
// of the whole packet.
[[nodiscard]] Decoded decode_publish_head(ByteView octets, const Expect& expect);

}  // namespace leafgate::mqtt

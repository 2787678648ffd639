#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "gateway/crypto/tls_context.hpp"
#include "gateway/model/bytes.hpp"

namespace leafgate::broker {

// What the client has to tell, as values: nothing of Paho's comes along.

struct Connected {};

enum class How {
  version,  // the broker does not speak this version of MQTT
  silent,   // closed before it said anything, as very old brokers do when they see MQTT 5
  unclear,  // no TCP or no TLS: Paho does not say why
  other,
};
// The connection did not come about, or is lost.
struct Broken {
  How how = How::other;
  std::string detail;
  std::shared_ptr<crypto::TlsContext> tls = {};  // unclear: whom it trusted, to find out why; null: plain TCP
};

struct Subscribed {
  std::string filter;
  std::optional<std::string> refusal;
};

struct Delivered {
  std::uint64_t id = 0;
  std::optional<std::string> refusal;
};

struct Arrived {
  std::string topic;
  Bytes payload;
  bool retained = false;
  bool too_large = false;      // the rest is left out
  std::string response_topic;  // MQTT 5
  Bytes correlation;
};

struct Ended {};  // the client's thread is over

using Report = std::variant<Connected, Broken, Subscribed, Delivered, Arrived, Ended>;

}  // namespace leafgate::broker

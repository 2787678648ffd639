#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct x509_st;

namespace leafgate::bench {

// Whom a visit speaks to: a provisioning gateway, over MQTT or HTTPS, or a plain broker that echoes what was
// published.
enum class Target { dps, https, echo };

// Ids are the prefix and a number of eight digits.
struct ScriptPlan {
  Target target = Target::dps;
  std::string id_scope;
  std::string id_prefix;
  std::string group_key;  // base64; empty: leaves bring no token
};

// What one leaf of the Node.js family sends in one visit, ready to be written. Against a broker every packet
// has the length it has against the gateway, CONNECT is the very same, and what is subscribed to and
// published stands under an ordinary topic of the leaf's own. The echo is as long as the request, which is a
// fifth of the gateway's answer: the comparison leans towards the broker. Over HTTPS it is one request.
struct Script {
  std::string registration_id;
  std::string connect;
  std::string subscribe;  // packet id 1
  std::string request;    // packet id 2, QoS 1; or the HTTP request
  std::string topic;      // of the request
  std::string body;
  std::string rid;                       // 36 characters like the GUID of the SDK
  std::shared_ptr<x509_st> certificate;  // shown in the handshake; null: none
};

// `now` in seconds since 1970, for the token. Throws std::invalid_argument when the key is not base64.
Script make_script(const ScriptPlan& plan, int number, std::int64_t now);

// The whole packet that asks what became of an operation.
std::string poll_packet(const Script& script, std::string_view operation_id, std::uint16_t packet_id);

}  // namespace leafgate::bench

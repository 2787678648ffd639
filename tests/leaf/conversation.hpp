#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/leaf/family.hpp"
#include "tests/leaf/mqtt_codec.hpp"

namespace leafgate::leaf {

struct LeafSettings {
  std::string id_scope;
  std::string registration_id;
  std::string device_key;  // base64; empty: no password, a certificate speaks for the leaf
  const Family* family = nullptr;
  nlohmann::json payload;     // null = none
  std::optional<int> qos;     // instead of the family's
  std::optional<SrStyle> sr;  // instead of the family's
  bool direct_only = false;   // never poll: a 202 ends the visit as `waiting`
};

struct Outcome {
  enum class Verdict {
    assigned,
    refused,  // told no: by status, by CONNACK, or the operation ended failed or disabled
    waiting,  // accepted, and direct_only
    broken,   // the gateway did what breaks this family or the protocol; `message` says what
    no_answer,
  };
  Verdict verdict = Verdict::no_answer;
  std::string status;  // "assigned", "failed", "disabled", "refused", "assigning", "broken", "no-answer"
  std::string hub;
  std::string device_id;
  std::string operation_id;
  int http_status = 0;  // status in the topic; 0 = none came
  int connack = 0;      // return code when that was the refusal
  long error_code = 0;
  std::string message;
  bool direct = false;  // assigned in answer to the register request itself
  nlohmann::json payload;
};

// What to do next: send, then wait. `timer_ms` -1 leaves the timer as it is, else it is set anew; 0 stops it.
struct Step {
  std::string send;
  int timer_ms = -1;
  std::string accepted;            // operationId of a 202 to register
  std::optional<Outcome> outcome;  // known now, maybe before `close`
  bool close = false;
};

// One MQTT connection of one leaf as a state machine without I/O: what the SDK of the family would send,
// and what would break it. A new connection takes a new object.
class Conversation {
 public:
  // Seconds since 1970 for the token; `random` gives 64 random bits.
  Conversation(const LeafSettings& settings, std::int64_t now, std::function<std::uint64_t()> random);

  Step connected();
  // `now_ms` and that of the other calls: one monotonic clock.
  Step received(const Packet& packet, std::int64_t now_ms);
  Step timer(std::int64_t now_ms);
  // For whoever writes the bytes: when the last request left, for families that miss an early answer.
  void sent(std::int64_t now_ms) { sent_ms_ = now_ms; }

 private:
  enum class Phase { connack, suback, answer, pause, unsuback, over };

  Step on_connack(const Packet& packet);
  Step on_suback(const Packet& packet);
  Step on_puback(const Packet& packet);
  Step on_publish(const Packet& packet, std::int64_t now_ms);
  Step on_body(const ResponseTopic& topic, const nlohmann::json& body);
  Step on_refusal(const ResponseTopic& topic, const nlohmann::json& body);
  Step on_assigning(const ResponseTopic& topic, const nlohmann::json& body);
  Step request();
  Step pause(const ResponseTopic& topic);
  Step end(Outcome outcome);
  Step broken(const std::string& why);
  std::string fresh_rid();
  std::uint16_t next_packet_id() { return ++packet_id_; }

  const LeafSettings& settings_;
  const Family& family_;
  std::string token_;
  std::function<std::uint64_t()> random_;
  Phase phase_ = Phase::connack;
  bool registering_ = true;  // the outstanding or next request is register, not a poll
  std::string operation_id_;
  std::string rid_;
  std::uint64_t rids_ = 0;
  std::uint16_t packet_id_ = 0;
  std::uint16_t awaited_puback_ = 0;
  int last_delay_ms_ = 0;
  std::int64_t sent_ms_ = 0;
};

}  // namespace leafgate::leaf

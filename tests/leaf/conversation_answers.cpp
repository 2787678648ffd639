// What a leaf makes of the gateway's messages, and what its family cannot bear.

#include "tests/leaf/conversation.hpp"

namespace leafgate::leaf {
namespace {

using nlohmann::json;
using Verdict = Outcome::Verdict;

// Java looks for its answer only after it began to wait (device sheet §7.1); on loopback a few ms tell.
constexpr std::int64_t java_blind_ms = 5;
std::string text_in(const json& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() || !at->is_string() ? std::string() : at->get<std::string>();
}

long number_in(const json& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() || !at->is_number_integer() ? 0 : at->get<long>();
}

// Members that Embedded C refuses as null (device sheet §7.3).
bool null_where_it_breaks(const json& object) {
  for (const char* name :
       {"operationId", "status", "trackingId", "message", "timestampUtc", "registrationState", "assignedHub",
        "deviceId", "errorMessage", "lastUpdatedDateTimeUtc"}) {
    if (object.contains(name) && object[name].is_null()) return true;
  }
  return false;
}

}  // namespace

Step Conversation::on_publish(const Packet& packet, std::int64_t now_ms) {
  if (phase_ == Phase::pause) return broken("a message nobody asked for");
  if (packet.qos > 1) return broken("QoS 2 to a QoS 1 subscription");
  if (packet.retain) return broken("a fresh message with the retain flag");
  if (awaited_puback_ != 0 && family_.name == FamilyName::csharp)
    return broken("the answer came before PUBACK");
  if (family_.name == FamilyName::java && now_ms - sent_ms_ < java_blind_ms) {
    return broken("the answer came before Java began to wait");
  }
  const auto topic = parse_response_topic(packet.topic);
  if (!topic) return broken("malformed response topic " + packet.topic);
  if (topic->rid != rid_) return broken("another request id than asked");
  const json body = json::parse(packet.payload, nullptr, false);
  if (!body.is_object()) return broken("the body is not a JSON object");
  if (family_.name == FamilyName::embedded_c &&
      (null_where_it_breaks(body) || null_where_it_breaks(body.value("registrationState", json::object())))) {
    return broken("null where Embedded C takes none");
  }
  Step step = topic->status < 300 ? on_body(*topic, body) : on_refusal(*topic, body);
  // C# acknowledges whatever comes, with the packet id it read.
  if (packet.qos > 0 || family_.name == FamilyName::csharp)
    step.send.insert(0, encode_puback(packet.packet_id));
  return step;
}

Step Conversation::on_body(const ResponseTopic& topic, const json& body) {
  const std::string status = text_in(body, "status");
  if (text_in(body, "operationId").empty()) return broken("no operationId");
  if ((topic.status == 202) != (status == "assigning")) {
    return broken("status '" + status + "' under " + std::to_string(topic.status));
  }
  if (status == "assigning") return on_assigning(topic, body);
  const json state = body.value("registrationState", json());
  if (!state.is_object()) return broken("a final answer without registrationState");
  Outcome outcome;
  outcome.status = status;
  outcome.http_status = topic.status;
  outcome.operation_id = text_in(body, "operationId");
  outcome.direct = registering_;
  if (status == "assigned") {
    outcome.verdict = Verdict::assigned;
    outcome.hub = text_in(state, "assignedHub");
    outcome.device_id = text_in(state, "deviceId");
    outcome.payload = state.value("payload", json());
    if (outcome.hub.empty() || outcome.device_id.empty()) return broken("assigned to nowhere");
    return end(outcome);
  }
  if (status != "failed" && status != "disabled") return broken("final status '" + status + "'");
  outcome.verdict = Verdict::refused;
  outcome.error_code = number_in(state, "errorCode");
  outcome.message = text_in(state, "errorMessage");
  return end(outcome);
}

Step Conversation::on_assigning(const ResponseTopic& topic, const json& body) {
  const bool was_register = registering_;
  operation_id_ = text_in(body, "operationId");
  if (was_register && settings_.direct_only) {
    Outcome waiting;
    waiting.verdict = Verdict::waiting;
    waiting.status = "assigning";
    waiting.http_status = topic.status;
    waiting.operation_id = operation_id_;
    Step step = end(waiting);
    step.accepted = operation_id_;
    return step;
  }
  Step step = pause(topic);
  registering_ = false;
  if (was_register) step.accepted = operation_id_;
  return step;
}

Step Conversation::on_refusal(const ResponseTopic& topic, const json& body) {
  if (retries(family_, topic.status)) return pause(topic);
  Outcome refused;
  refused.verdict = Verdict::refused;
  refused.status = "refused";
  refused.http_status = topic.status;
  refused.operation_id = operation_id_;
  refused.error_code = number_in(body, "errorCode");
  refused.message = text_in(body, "message");
  return end(refused);
}

}  // namespace leafgate::leaf

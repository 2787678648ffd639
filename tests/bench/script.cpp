#include "tests/bench/script.hpp"

#include <array>
#include <cstdio>

#include "tests/leaf/family.hpp"
#include "tests/leaf/mqtt_codec.hpp"
#include "tests/leaf/sas.hpp"

namespace leafgate::bench {
namespace {

constexpr std::string_view answers = "$dps/registrations/res/#";
constexpr std::string_view register_topic = "$dps/registrations/PUT/iotdps-register/?$rid=";
constexpr std::string_view poll_topic = "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=";

template <class... Values>
std::string printed(const char* format, Values... values) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string token_of(const ScriptPlan& plan, const leaf::Family& family, const std::string& id,
                     std::int64_t now) {
  if (plan.group_key.empty()) return {};
  return leaf::make_token(family.token, plan.id_scope, id, leaf::derive_key(plan.group_key, id), now);
}

std::string connect_packet(const ScriptPlan& plan, const leaf::Family& family, const std::string& id,
                           const std::string& token) {
  leaf::ConnectFields fields;
  fields.client_id = id;
  fields.username = plan.id_scope + "/registrations/" + id + "/api-version=" + family.api_version +
                    "&ClientVersion=" + family.client_version;
  fields.password = token;
  fields.clean_session = family.clean_session;
  fields.keep_alive = family.keep_alive;
  return leaf::encode_connect(fields);
}

// As the SDK sends it where its agent keeps no connection (device sheet §2.1).
std::string https_request(const ScriptPlan& plan, const leaf::Family& family, const Script& script,
                          const std::string& token) {
  std::string out = "PUT /" + plan.id_scope + "/registrations/" + script.registration_id +
                    "/register?api-version=" + family.api_version + " HTTP/1.1\r\n";
  out += "Accept: application/json\r\n";
  out += "Content-Type: application/json; charset=utf-8\r\n";
  out += "Request-Id: " + script.rid + "\r\n";
  out += "User-Agent: azure-iot-provisioning-device/1.9.2\r\n";
  if (!token.empty()) out += "Authorization: " + token + "\r\n";
  out += "Content-Length: " + std::to_string(script.body.size()) + "\r\n";
  out += "Host: global.azure-devices-provisioning.net\r\n";
  out += "Connection: close\r\n\r\n";
  return out + script.body;
}

}  // namespace

Script make_script(const ScriptPlan& plan, int number, std::int64_t now) {
  const leaf::Family& family = *leaf::find_family("node");
  Script script;
  script.registration_id = plan.id_prefix + printed("%08d", number);
  const std::string token = token_of(plan, family, script.registration_id, now);
  script.rid = printed("%08d-0000-4000-a000-%012d", number, number);
  script.body = leaf::register_body(family, script.registration_id, nullptr);
  if (plan.target == Target::https) {
    script.request = https_request(plan, family, script, token);
    return script;
  }
  script.connect = connect_packet(plan, family, script.registration_id, token);
  std::string filter(answers);
  script.topic = std::string(register_topic) + script.rid;
  if (plan.target == Target::echo) {
    const std::size_t whole = script.topic.size();
    filter = printed("storm/%016d/#", number);
    script.topic = filter.substr(0, filter.size() - 1);
    script.topic.resize(whole, 'x');
  }
  script.subscribe = leaf::encode_subscribe(1, filter, 1);
  script.request = leaf::encode_publish(script.topic, script.body, 1, 2);
  return script;
}

std::string poll_packet(const Script& script, std::string_view operation_id, std::uint16_t packet_id) {
  const std::string topic =
      std::string(poll_topic) + script.rid + "&operationId=" + std::string(operation_id);
  return leaf::encode_publish(topic, " ", 1, packet_id);
}

}  // namespace leafgate::bench

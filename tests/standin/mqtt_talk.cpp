#include "tests/standin/mqtt_talk.hpp"

#include <algorithm>

#include "tests/standin/encoding.hpp"
#include "tests/standin/mqtt_packets.hpp"
#include "tests/standin/paths.hpp"

namespace leafgate::standin {
namespace {

using namespace std::chrono_literals;
using Type = MqttPacket::Type;

constexpr std::string_view answers_filter = "$dps/registrations/res/#";
constexpr std::string_view register_topic = "$dps/registrations/PUT/iotdps-register/";
constexpr std::string_view poll_topic = "$dps/registrations/GET/iotdps-get-operationstatus/";
// The Java SDK misses an answer to a QoS 0 request that comes sooner (§7.1); the real service is never as
// fast.
constexpr std::chrono::milliseconds after_qos_0 = 60ms;

// {idScope}/registrations/{registrationId}/api-version={ver}[&ClientVersion={agent}], nothing encoded (§1.2).
struct Username {
  std::string scope;
  std::string id;
  std::string version;
};

std::optional<Username> read_username(const std::string& text) {
  static constexpr std::string_view middle = "/registrations/";
  const std::size_t start = text.find(middle);
  if (start == 0 || start == std::string::npos) return std::nullopt;
  const std::size_t id = start + middle.size();
  const std::size_t end = text.find('/', id);
  if (end == id || end == std::string::npos) return std::nullopt;
  const std::string version = query_value("?" + text.substr(end + 1), "api-version");
  if (version.empty()) return std::nullopt;
  return Username{text.substr(0, start), text.substr(id, end - id), version};
}

// As it stands in the topic, octet for octet.
std::string raw_value(const std::string& topic, const std::string& name) {
  const std::size_t at = std::min(topic.find('?' + name + '='), topic.find('&' + name + '='));
  if (at == std::string::npos) return {};
  const std::size_t start = at + name.size() + 2;
  return topic.substr(start, topic.find('&', start) - start);
}

Step closing(std::string last_words = {}) { return {std::move(last_words), {}, {}, Ending::close}; }

struct Door {
  Handler handler;
  std::string transport;
};

class MqttTalk final : public Talk {
 public:
  MqttTalk(const Door& door, Peer peer)
      : door_(door), shown_(std::move(peer.shown)), tls_(std::move(peer.tls)) {}

  std::optional<Step> next(std::string& input) override {
    bool malformed = false;
    const auto packet = take_packet(input, malformed);
    if (malformed) return closing();
    if (!packet) return std::nullopt;
    return username_ ? take(*packet) : connect(*packet);
  }

  std::chrono::milliseconds patience() const override { return patience_; }

 private:
  // Credentials are judged with each request, as the service does (§1.3); CONNACK never waits for that.
  Step connect(const MqttPacket& packet) {
    const auto asked = packet.type == Type::connect ? read_connect(packet.body) : std::nullopt;
    if (!asked || asked->will) return closing();
    if (asked->protocol != "MQTT" || asked->level != 4) return closing(connack_text(1));
    username_ = read_username(asked->username);
    if (!username_) return closing(connack_text(4));
    if (lower(asked->client_id) != lower(username_->id)) return closing(connack_text(5));
    password_ = asked->password;
    patience_ = std::chrono::milliseconds(asked->keep_alive * 1500);
    return {connack_text(0), {}, {}, {}};
  }

  Step take(const MqttPacket& packet) {
    switch (packet.type) {
      case Type::subscribe:
        return subscribe(packet);
      case Type::unsubscribe:
        return unsubscribe(packet);
      case Type::publish:
        return request(packet);
      case Type::puback:
        return {};
      case Type::pingreq:
        return {packet_text(Type::pingresp, 0, {}), {}, {}, {}};
      default:
        return closing();
    }
  }

  Step subscribe(const MqttPacket& packet) {
    const auto asked = read_subscribe(packet.body);
    if (!asked) return closing();
    std::string codes;
    for (const auto& [filter, qos] : asked->filters) {
      if (filter == answers_filter) granted_ = std::min(qos, 1);
      codes += filter == answers_filter ? static_cast<char>(granted_) : '\x80';
    }
    return {acknowledgement(Type::suback, asked->id, codes), {}, {}, {}};
  }

  Step unsubscribe(const MqttPacket& packet) {
    const auto asked = read_unsubscribe(packet.body);
    if (!asked) return closing();
    for (const auto& [filter, qos] : asked->filters) {
      if (filter == answers_filter) granted_ = -1;
    }
    return {acknowledgement(Type::unsuback, asked->id), {}, {}, {}};
  }

  Step request(const MqttPacket& packet) {
    const auto publish = read_publish(packet);
    if (!publish || publish->qos == 2) return closing();
    const auto request = request_of(*publish);
    // After a 401 the service was seen to drop the connection at the next request (§1.3).
    if (!request || refused_) return closing();
    const Response response = door_.handler(*request);
    if (response.ending == Ending::reset) return {{}, {}, {}, Ending::reset};
    refused_ = response.status == 401;
    Step step;
    if (publish->qos == 1) step.at_once = acknowledgement(Type::puback, publish->id);
    step.delay = std::max(response.delay, publish->qos == 0 ? after_qos_0 : 0ms);
    step.ending = response.ending;
    if (granted_ < 0) return step;
    const std::string rid = raw_value(publish->topic, "$rid");
    step.output = publish_text(
        {answer_topic(response, rid), granted_, granted_ > 0 ? ++last_id_ : std::uint16_t{0}, response.body});
    return step;
  }

  std::optional<Request> request_of(const MqttPublish& publish) const {
    const bool registers = publish.topic.starts_with(register_topic);
    if (!registers && !publish.topic.starts_with(poll_topic)) return std::nullopt;
    const std::string operation = raw_value(publish.topic, "operationId");
    Request request;
    request.transport = door_.transport;
    request.method = registers ? "PUT" : "GET";
    request.target = "/" + percent_encode(username_->scope) + "/registrations/" +
                     percent_encode(username_->id) + (registers ? "/register" : "/operations/" + operation) +
                     "?api-version=" + percent_encode(username_->version);
    if (!password_.empty()) request.headers["authorization"] = password_;
    if (registers) request.body = publish.payload;  // that of a poll is ignored (§1.4)
    request.shown = shown_;
    request.tls = tls_;
    return request;
  }

  static std::string answer_topic(const Response& response, const std::string& rid) {
    std::string topic = "$dps/registrations/res/" + std::to_string(response.status) + "/?$rid=" + rid;
    for (const auto& [name, value] : response.headers) {
      if (name != "Retry-After") continue;
      topic += "&retry-after=" + value;
      break;
    }
    return topic;
  }

  const Door& door_;
  Certificates shown_;
  std::string tls_;
  std::optional<Username> username_;
  std::string password_;
  std::chrono::milliseconds patience_{0};
  int granted_ = -1;  // QoS of the answers; -1: nobody wants them
  std::uint16_t last_id_ = 0;
  bool refused_ = false;
};

}  // namespace

Speak mqtt_talk(Handler handler, std::string transport) {
  const auto door = std::make_shared<Door>(Door{std::move(handler), std::move(transport)});
  return [door](Peer peer) -> std::unique_ptr<Talk> {
    return std::make_unique<MqttTalk>(*door, std::move(peer));
  };
}

}  // namespace leafgate::standin

#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <mqtt/async_client.h>

namespace leafgate {

// A leaf on the broker, for a test that waits for it: Paho as well, but another client.
class BrokerLeaf {
 public:
  struct Login {
    std::string username = {};
    std::string password = {};
    std::string ca_file = {};  // set: TLS
    bool five = true;
  };

  BrokerLeaf(std::uint16_t port, const std::string& id) : BrokerLeaf(port, id, Login{}) {}
  BrokerLeaf(std::uint16_t port, const std::string& id, const Login& login)
      : id_(id),
        client_((login.ca_file.empty() ? "tcp://127.0.0.1:" : "ssl://127.0.0.1:") + std::to_string(port), id,
                mqtt::create_options(login.five ? MQTTVERSION_5 : MQTTVERSION_3_1_1)) {
    client_.start_consuming();
    mqtt::connect_options options;
    options.set_mqtt_version(login.five ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
    if (!login.five) options.set_clean_session(true);
    if (!login.username.empty()) options.set_user_name(login.username);
    if (!login.password.empty()) options.set_password(login.password);
    if (!login.ca_file.empty()) {
      mqtt::ssl_options secure;
      secure.set_trust_store(login.ca_file);
      options.set_ssl(secure);
    }
    client_.connect(options)->wait_for(limit);
  }
  ~BrokerLeaf() {
    try {
      if (client_.is_connected()) client_.disconnect(0)->wait_for(limit);
    } catch (const mqtt::exception&) {  // a broker that is gone
    }
  }
  BrokerLeaf(const BrokerLeaf&) = delete;
  BrokerLeaf& operator=(const BrokerLeaf&) = delete;

  // Returns when the broker has it; false when it refuses.
  bool say(const std::string& message) { return publish("leafgate/v1/" + id_ + "/up", message); }
  bool publish(const std::string& topic, const std::string& message, bool retained = false,
               const mqtt::properties& properties = {}) {
    try {
      return client_
          .publish(mqtt::message::create(topic, message.data(), message.size(), 1, retained, properties))
          ->wait_for(limit);
    } catch (const mqtt::exception&) {
      return false;
    }
  }
  bool listen(const std::string& topic) {
    try {
      return client_.subscribe(topic, 1)->wait_for(limit);
    } catch (const mqtt::exception&) {
      return false;
    }
  }
  bool listen() { return listen("leafgate/v1/" + id_ + "/down"); }

  // What arrived, "TOPIC MESSAGE", and with correlation data " [DATA]" behind; never waits.
  const std::vector<std::string>& inbox() {
    mqtt::const_message_ptr next;
    while (client_.try_consume_message(&next)) {
      if (!next) continue;
      std::string text = next->get_topic() + " " + next->get_payload_str();
      const auto& properties = next->get_properties();
      constexpr auto correlation = mqtt::property::CORRELATION_DATA;
      if (properties.contains(correlation))
        text += " [" + mqtt::get<std::string>(properties, correlation) + "]";
      inbox_.push_back(text);
    }
    return inbox_;
  }
  [[nodiscard]] bool has(const std::string& text) {
    for (const auto& each : inbox()) {
      if (each == text) return true;
    }
    return false;
  }
  [[nodiscard]] bool is_connected() const { return client_.is_connected(); }

 private:
  static constexpr std::chrono::seconds limit{10};

  std::string id_;
  mqtt::async_client client_;
  std::vector<std::string> inbox_;
};

inline mqtt::properties answer_at(const std::string& topic, const std::string& correlation) {
  mqtt::properties out;
  if (!topic.empty()) out.add(mqtt::property(mqtt::property::RESPONSE_TOPIC, topic));
  if (!correlation.empty()) out.add(mqtt::property(mqtt::property::CORRELATION_DATA, correlation));
  return out;
}

}  // namespace leafgate

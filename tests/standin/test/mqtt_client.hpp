#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/standin/mqtt_packets.hpp"
#include "tests/standin/test/wire.hpp"

namespace leafgate::standin {

// A blocking MQTT client of the test's own.
class MqttClient {
 public:
  explicit MqttClient(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
  // Straight over TLS.
  explicit MqttClient(std::uint16_t port, const std::string& server_name = "dps.test",
                      const std::vector<Made>& chain = {})
      : MqttClient(std::make_unique<TlsWire>(port, server_name, chain)) {}

  struct Connect {
    std::string username;
    std::string client_id;
    std::string password;
    std::uint16_t keep_alive = 0;
    std::uint8_t level = 4;
    bool will = false;
  };
  static std::string connect_text(const Connect& connect);

  void send(const std::string& octets) { wire_->write(octets); }
  // The next packet; nothing when the server closed or reset the connection.
  std::optional<MqttPacket> receive();
  // The return code of CONNACK; -1 when there was none.
  int connect(const Connect& connect);
  // The code for this filter; -1 when there was none.
  int subscribe(int qos, const std::string& filter = "$dps/registrations/res/#");
  // A request and its answer, which at QoS 1 must stand behind the PUBACK.
  std::optional<MqttPublish> ask(const std::string& topic, const std::string& body, int qos = 1);
  bool closed() { return !receive(); }

 private:
  std::unique_ptr<Wire> wire_;
  std::string input_;
  std::uint16_t last_id_ = 0;
};

}  // namespace leafgate::standin

#include "tests/standin/test/mqtt_client.hpp"

#include <array>

#include <boost/asio/write.hpp>

namespace leafgate::standin {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Type = MqttPacket::Type;

MqttClient::MqttClient(std::uint16_t port, const std::string& server_name, const std::vector<Made>& chain) {
  if (!chain.empty()) {
    std::string text;
    for (const Made& each : chain) text += each.pem();
    context_.use_certificate_chain(asio::buffer(text));
    context_.use_private_key(asio::buffer(chain.front().key_pem()), asio::ssl::context::pem);
  }
  stream_ = std::make_unique<asio::ssl::stream<tcp::socket>>(io_, context_);
  stream_->next_layer().connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  SSL_set_tlsext_host_name(stream_->native_handle(), server_name.c_str());
  stream_->handshake(asio::ssl::stream_base::client);
}

std::string MqttClient::connect_text(const Connect& c) {
  unsigned flags = 0x02U | (c.username.empty() ? 0U : 0x80U) | (c.password.empty() ? 0U : 0x40U);
  if (c.will) flags |= 0x04U;
  std::string body = with_length("MQTT");
  body += static_cast<char>(c.level);
  body += static_cast<char>(flags);
  body += static_cast<char>(c.keep_alive >> 8U);
  body += static_cast<char>(c.keep_alive & 0xffU);
  body += with_length(c.client_id);
  if (c.will) body += with_length("topic") + with_length("message");
  if (!c.username.empty()) body += with_length(c.username);
  if (!c.password.empty()) body += with_length(c.password);
  return packet_text(Type::connect, 0, body);
}

void MqttClient::send(const std::string& octets) {
  error_code ignored;  // a connection that is gone shows when something is to be received
  asio::write(*stream_, asio::buffer(octets), ignored);
}

std::optional<MqttPacket> MqttClient::receive() {
  bool malformed = false;
  while (true) {
    if (auto packet = take_packet(input_, malformed)) return packet;
    std::array<char, 4096> chunk{};
    error_code ec;
    const std::size_t n = stream_->read_some(asio::buffer(chunk), ec);
    if (ec) return std::nullopt;
    input_.append(chunk.data(), n);
  }
}

int MqttClient::connect(const Connect& c) {
  send(connect_text(c));
  const auto packet = receive();
  if (!packet || packet->type != Type::connack || packet->body.size() != 2 || packet->body[0] != 0) return -1;
  return packet->body[1];
}

int MqttClient::subscribe(int qos, const std::string& filter) {
  const std::string id{'\0', static_cast<char>(++last_id_)};
  send(packet_text(Type::subscribe, 2, id + with_length(filter) + static_cast<char>(qos)));
  const auto packet = receive();
  if (!packet || packet->type != Type::suback || packet->body.substr(0, 2) != id) return -1;
  return static_cast<unsigned char>(packet->body.at(2));
}

std::optional<MqttPublish> MqttClient::ask(const std::string& topic, const std::string& body, int qos) {
  const std::uint16_t id = qos > 0 ? ++last_id_ : std::uint16_t{0};
  send(publish_text({topic, qos, id, body}));
  if (qos > 0) {
    const auto acknowledged = receive();
    if (!acknowledged || acknowledged->type != Type::puback) return std::nullopt;
  }
  const auto packet = receive();
  if (!packet || packet->type != Type::publish) return std::nullopt;
  auto answer = read_publish(*packet);
  if (answer && answer->qos == 1) send(acknowledgement(Type::puback, answer->id));
  return answer;
}

}  // namespace leafgate::standin

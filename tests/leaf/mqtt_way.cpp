#include <stdexcept>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "tests/leaf/mqtt_codec.hpp"
#include "tests/leaf/tpm_way.hpp"
#include "tests/leaf/transport.hpp"

namespace leafgate::leaf {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

constexpr std::uint16_t keep_alive = 60;

struct TurnedAway {
  int connack;
};

// One TLS connection; blocking. Throws std::exception when it breaks.
class Line {
 public:
  Line(const Door& door, asio::ssl::context& context) : stream_(io_, context) {
    asio::ip::tcp::resolver resolver(io_);
    SSL_set_tlsext_host_name(stream_.native_handle(), door.server_name.c_str());
    stream_.set_verify_callback(asio::ssl::host_name_verification(door.server_name));
    asio::connect(stream_.next_layer(), resolver.resolve(door.host, door.port));
    stream_.handshake(asio::ssl::stream_base::client);
  }

  void send(const std::string& octets) { asio::write(stream_, asio::buffer(octets)); }

  Packet receive(PacketType wanted) {
    for (;;) {
      if (auto packet = reader_.next()) {
        if (packet->type == PacketType::pingresp) continue;
        if (packet->type != wanted) throw std::runtime_error("another packet than the one that is due");
        return *packet;
      }
      if (!reader_.defect().empty()) throw std::runtime_error("not MQTT: " + reader_.defect());
      const std::size_t size = stream_.read_some(asio::buffer(chunk_));
      reader_.feed({chunk_.data(), size});
    }
  }

 private:
  asio::io_context io_{1};
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
  PacketReader reader_;
  std::array<char, 4096> chunk_{};
};

class MqttWay final : public Way {
 public:
  explicit MqttWay(const Door& door) : door_(door), context_(client_context(door.ca_file, "")) {}

  Reply put(const json& body, const std::string& token) override {
    return ask("$dps/registrations/PUT/iotdps-register/?$rid=", {}, body.dump(), token);
  }
  Reply poll(const std::string& operation, const std::string& token) override {
    return ask("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=", "&operationId=" + operation, {},
               token);
  }

 private:
  Reply ask(const std::string& topic, const std::string& more, const std::string& body,
            const std::string& token) {
    Reply none;
    try {
      if (!line_ || password_ != token) connect(token);
      const std::string rid = std::to_string(++last_id_);
      line_->send(encode_publish(topic + rid + more, body, 1, last_id_));
      // PUBACK first: C# takes no other order (device sheet §7.1).
      if (line_->receive(PacketType::puback).packet_id != last_id_)
        throw std::runtime_error("another PUBACK");
      const Packet answer = line_->receive(PacketType::publish);
      if (answer.qos == 1) line_->send(encode_puback(answer.packet_id));
      return read(answer, rid);
    } catch (const TurnedAway& turned_away) {
      none.connack = turned_away.connack;
      none.failure = "CONNACK " + std::to_string(turned_away.connack);
    } catch (const std::exception& error) {
      none.failure = error.what();
    }
    line_.reset();
    return none;
  }

  void connect(const std::string& token) {
    if (line_ && !door_.same_connection) {
      line_->send(encode_disconnect());
      line_.reset();
    }
    if (!line_) line_ = std::make_unique<Line>(door_, *context_);
    password_ = token;
    ConnectFields fields;
    fields.client_id = door_.registration_id;
    fields.username = door_.id_scope + "/registrations/" + door_.registration_id +
                      "/api-version=2021-06-01&ClientVersion=" + door_.client;
    fields.password = token;
    fields.keep_alive = keep_alive;
    line_->send(encode_connect(fields));
    const Packet connack = line_->receive(PacketType::connack);
    if (connack.return_code != 0) throw TurnedAway{connack.return_code};
    line_->send(encode_subscribe(++last_id_, "$dps/registrations/res/#", 1));
    const Packet suback = line_->receive(PacketType::suback);
    if (suback.packet_id != last_id_ || suback.return_code != 1)
      throw std::runtime_error("SUBACK grants no QoS 1");
  }

  static Reply read(const Packet& answer, const std::string& rid) {
    const auto topic = parse_response_topic(answer.topic);
    if (!topic || topic->rid != rid) throw std::runtime_error("malformed response topic " + answer.topic);
    Reply reply;
    reply.status = topic->status;
    reply.retry_after = topic->retry_after;
    reply.body = json::parse(answer.payload, nullptr, false);
    if (!reply.body.is_object()) throw std::runtime_error("the body is not a JSON object");
    return reply;
  }

  Door door_;
  std::shared_ptr<asio::ssl::context> context_;
  std::unique_ptr<Line> line_;
  std::string password_;
  std::uint16_t last_id_ = 0;
};

}  // namespace

std::unique_ptr<Way> mqtt_way(const Door& door) { return std::make_unique<MqttWay>(door); }

}  // namespace leafgate::leaf

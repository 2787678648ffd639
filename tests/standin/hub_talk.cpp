#include "tests/standin/hub_talk.hpp"

#include "tests/standin/mqtt_packets.hpp"

namespace leafgate::standin {
namespace {

using Type = MqttPacket::Type;

class HubTalk final : public Talk {
 public:
  explicit HubTalk(HubVisits& visits) : visits_(visits) {}

  std::optional<Step> next(std::string& input) override {
    bool malformed = false;
    const auto packet = take_packet(input, malformed);
    if (malformed) return Step{{}, {}, {}, Ending::close};
    if (!packet) return std::nullopt;
    return take(*packet);
  }

 private:
  Step take(const MqttPacket& packet) {
    if (packet.type == Type::connect) {
      const auto asked = read_connect(packet.body);
      if (!asked) return {{}, {}, {}, Ending::close};
      ++visits_.connects;
      visits_.last_client_id = asked->client_id;
      return {connack_text(0), {}, {}, {}};
    }
    if (packet.type == Type::pingreq) {
      ++visits_.pings;
      return {packet_text(Type::pingresp, 0, {}), {}, {}, {}};
    }
    return {{}, {}, {}, packet.type == Type::disconnect ? Ending::close : Ending::keep};
  }

  HubVisits& visits_;
};

}  // namespace

Speak hub_talk(HubBook& book) {
  return [&book](const Peer& peer) -> std::unique_ptr<Talk> {
    HubVisits& visits = book[peer.server_name];
    ++visits.connections;
    visits.last_certificate = peer.shown.empty() ? std::string() : thumbprint(*peer.shown.front());
    return std::make_unique<HubTalk>(visits);
  };
}

}  // namespace leafgate::standin

#pragma once

#include "tests/bench/talk.hpp"
#include "tests/leaf/mqtt_codec.hpp"

namespace leafgate::bench {

// CONNECT, SUBSCRIBE, PUBLISH, polls where it is told to, DISCONNECT. Of a broker it takes its own request as
// the answer.
class MqttTalk final : public Talk {
 public:
  MqttTalk(Target target, const Script& script) : target_(target), script_(script) {}

  void begin() override { say(script_.connect); }
  void feed(std::string_view octets) override { reader_.feed(octets); }
  Next step() override;
  void resume() override;
  void stay() override;
  void leave() override;

 private:
  enum class Phase { connack, suback, answer, pause, settled };

  Next take(const leaf::Packet& packet);
  Next take_publish(const leaf::Packet& packet);
  Next settle();

  Target target_;
  const Script& script_;
  Phase phase_ = Phase::connack;
  leaf::PacketReader reader_;
  std::uint16_t packet_id_ = 2;
  std::uint16_t to_acknowledge_ = 0;
  std::string operation_;
};

}  // namespace leafgate::bench

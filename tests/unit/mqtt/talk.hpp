#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "adapters/mqtt/session.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_registrar.hpp"
#include "tests/unit/mqtt/leaf_packets.hpp"

namespace leafgate {

// A session and a leaf that talks to it, without time: what the leaf says comes back as what it hears. Bodies
// are "body-<status>", so that a test reads what was said and not how JSON spells it.
class Talk {
 public:
  explicit Talk(mqtt::Limits l = {}, std::shared_ptr<const crypto::CertificateChain> chain = nullptr)
      : limits(l), session(limits, journal, Source{Transport::mqtt, "192.0.2.7"}, std::move(chain)) {}

  // Everything the session answers to these octets.
  std::string say(std::string_view octets) {
    std::string heard;
    while (true) {
      const auto next = session.advance();
      if (next == mqtt::Next::ask || next == mqtt::Next::refuse) {
        settle(next);
        heard += session.output();
        session.delivered();
      } else if (next == mqtt::Next::close) {
        closed = true;
        return heard + session.output();
      } else if (octets.empty()) {
        heard += session.output();
        session.delivered();
        return heard;
      } else {
        const auto room = session.room();
        const auto n = std::min(room.size(), octets.size());
        std::copy_n(octets.begin(), n, room.begin());
        octets.remove_prefix(n);
        session.received(n);
      }
    }
  }

  // What say() gives for an answer to this request id.
  static std::string hears(int status, std::string_view rid, std::uint8_t qos, std::uint16_t packet_id,
                           int retry_after = 0) {
    std::string topic = "$dps/registrations/res/" + std::to_string(status) + "/?$rid=" + std::string(rid);
    if (retry_after > 0) topic += "&retry-after=" + std::to_string(retry_after);
    return leaf::publish(topic, "body-" + std::to_string(status), qos, packet_id);
  }

  mqtt::Limits limits;
  FakeJournal journal;
  FakeRegistrar registrar;
  mqtt::Session session;
  bool paused = false;  // the last answer had to wait
  bool closed = false;

 private:
  void settle(mqtt::Next next) {
    paused = session.must_pause();
    Answer answer;
    if (next == mqtt::Next::ask) {
      registrar.attempts.push_back(session.attempt());
      answer = registrar.answer_to(registrar.attempts.back());
    } else {
      answer = session.refusal();
    }
    session.answer(answer, "body-" + std::to_string(answer.status));
  }
};

// What the session sends, in the octets of the standard.
inline std::string connack(int code = 0) {
  return leaf::packet(0x20, leaf::u16(static_cast<std::size_t>(code)));
}
inline std::string suback(std::uint16_t packet_id, std::string_view codes) {
  return leaf::packet(0x90, leaf::u16(packet_id) + std::string(codes));
}
inline std::string unsuback(std::uint16_t packet_id) { return leaf::packet(0xB0, leaf::u16(packet_id)); }

}  // namespace leafgate

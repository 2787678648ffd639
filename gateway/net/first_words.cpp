#include "gateway/net/first_words.hpp"

#include <array>
#include <string_view>

#include "gateway/runtime/log.hpp"

namespace leafgate::net {
namespace {

struct Beginning {
  std::string_view octets;
  const char* words;
};

constexpr std::array beginnings{
    Beginning{"AMQP", "AMQP"},
    Beginning{"GET ", "an HTTP request"},
    Beginning{"PUT ", "an HTTP request"},
    Beginning{"POST ", "an HTTP request"},
    Beginning{"HEAD ", "an HTTP request"},
    Beginning{"OPTIONS ", "an HTTP request"},
    Beginning{"PRI * HTTP/2", "HTTP/2"},
    Beginning{"CONNECT ", "an HTTP request for a proxy"},
    Beginning{"SSH-", "SSH"},
    Beginning{"\x16\x03", "TLS"},
};

// MQTT 3.1.1 §3.1: CONNECT, a length of up to four octets, then the name of the protocol.
bool is_mqtt_connect(std::string_view text) {
  if (!text.starts_with('\x10')) return false;
  const std::string_view head = text.substr(0, 1 + 4 + 2 + 6);
  return head.find("\0\4MQTT", 0, 6) != head.npos || head.find("\0\6MQIsdp", 0, 8) != head.npos;
}

// RFC 5246 §E.2: a CLIENT-HELLO of SSL 2.0: a length with the highest bit set, then message type 1.
bool is_sslv2_hello(ByteView octets) {
  return octets.size() >= 5 && (octets[0] & 0x80U) != 0 && octets[2] == 1 && octets[3] <= 3;
}

}  // namespace

std::string first_words(ByteView octets) {
  const std::string_view text = as_text(octets);
  if (is_mqtt_connect(text)) return "MQTT CONNECT";
  if (is_sslv2_hello(octets)) return "a hello of SSL 2.0";
  for (const Beginning& beginning : beginnings)
    if (text.starts_with(beginning.octets)) return beginning.words;
  constexpr std::size_t shown = 16;
  return log::escape(text.substr(0, shown));
}

}  // namespace leafgate::net

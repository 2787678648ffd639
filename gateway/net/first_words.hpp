#pragma once

#include <string>

#include "gateway/model/bytes.hpp"

namespace leafgate::net {

// What a peer speaks that was expected to speak something else, by its first octets, in words for the
// engineer
// ("AMQP", "MQTT CONNECT", "an HTTP request"); the octets themselves, escaped, where they say nothing. Begins
// with "AMQP" exactly when the peer speaks it. Pure.
[[nodiscard]] std::string first_words(ByteView octets);

}  // namespace leafgate::net

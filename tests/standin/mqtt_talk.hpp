#pragma once

#include "tests/standin/http.hpp"
#include "tests/standin/talk.hpp"

namespace leafgate::standin {

// DPS over MQTT 3.1.1 (device sheet §1). The device API is the same one: each request is brought into the
// shape it has over HTTPS, and its answer back onto its topic.
// `transport` is what its requests say of themselves.
Speak mqtt_talk(Handler handler, std::string transport);

}  // namespace leafgate::standin

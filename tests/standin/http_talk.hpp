#pragma once

#include "tests/standin/http.hpp"
#include "tests/standin/talk.hpp"

namespace leafgate::standin {

// HTTP/1.1, one request at a time. A client that asks for MQTT over WebSocket (web_socket_opening.hpp) gets
// on with `upgraded`; empty: it does not.
Speak http_talk(Handler handler, Speak upgraded = {});

}  // namespace leafgate::standin

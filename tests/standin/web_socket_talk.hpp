#pragma once

#include "tests/standin/talk.hpp"

namespace leafgate::standin {

// WebSocket behind its opening handshake (RFC 6455 §5 to §7): what `carried` hears are the octets of the
// client's binary messages, in whichever pieces they come, and each output of it goes back as one message.
// When it wants to close, a Close goes first and the client has a moment to answer it.
Speak web_socket_talk(Speak carried);

}  // namespace leafgate::standin

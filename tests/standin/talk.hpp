#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/standin/certificates.hpp"

namespace leafgate::standin {

// How a connection goes on. `reset` sends nothing more, `reset_half` half of the output; both end in an RST.
enum class Ending { keep, close, reset, reset_half };

// What a talk wants done, in this order, before it is asked again.
struct Step {
  std::string at_once;
  std::chrono::milliseconds delay{0};
  std::string output;
  Ending ending = Ending::keep;
};

// Who is at the other end, as the TLS handshake told; empty over plain TCP.
struct Peer {
  Certificates shown;
  std::string server_name;  // SNI
  std::string tls;          // its version, "TLSv1.3"
};

// The protocol that one connection speaks: octets in, octets out, no I/O.
class Talk {
 public:
  virtual ~Talk() = default;
  // Takes one message off the front of `input`. Nothing: more octets are needed.
  virtual std::optional<Step> next(std::string& input) = 0;
  // How long it waits for more octets before the connection is reset; 0 = for ever.
  virtual std::chrono::milliseconds patience() const { return std::chrono::milliseconds(0); }
};

// Makes the talk of a new connection, after the handshake.
using Speak = std::function<std::unique_ptr<Talk>(Peer)>;

}  // namespace leafgate::standin

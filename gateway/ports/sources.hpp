#pragma once

#include <string_view>

namespace leafgate {

// What a source did wrong, after its handshake. What goes wrong before, the door sees by itself.
enum class SourceFault {
  authentication,  // a proof that is wrong: token, key or identity
  decoder,         // octets that no client of the protocol sends: malformed packets and bodies
};

// Inward: what became of those who came from an address ("192.0.2.7"), for the door: who keeps failing is
// slowed down or held back (reliability §3.2). Any loop; returns at once; bounded memory. What is no IP
// address (serial, broker) is passed over.
class Sources {
 public:
  virtual ~Sources() = default;
  virtual void failed(std::string_view address, SourceFault fault) = 0;
  // A leaf of this source has proved itself here: for a day the source is never shut.
  virtual void verified(std::string_view address) = 0;
};

}  // namespace leafgate

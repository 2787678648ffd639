#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate::broker {

// Where the site's broker is.
struct Address {
  bool tls = true;
  std::string host;  // a DNS name, or an IP address without brackets
  std::uint16_t port = 0;

  [[nodiscard]] std::string text() const;  // "broker.site:8883", "[2001:db8::1]:8883"
};

// "mqtts://HOST[:8883]" or "mqtt://HOST[:1883]"; nothing behind it. Errors: malformed.
[[nodiscard]] Result<Address> parse_uri(std::string_view uri);

// How long the client waits for what. Each has its value for a reason; a test makes them short.
struct Patience {
  Millis connect{10'000};  // from a try to the broker's yes
  // The broker's notice of us. A broker that has stopped is noticed by our heartbeat, which it acknowledges
  // within `connect` or is left: sooner than by this, at whose end Paho C 1.3.12 loses memory.
  Seconds keep_alive{30};
  Millis first_pause{250};       // between tries: decorrelated jitter from here ...
  Millis longest_pause{30'000};  // ... to here
  Millis steady{30'000};         // a connection that lasted so long lets the pauses begin small again
  Millis settle{500};            // after subscribing: another gateway's answer to our greeting
  Millis heartbeat{10'000};      // between our signs of life to the broker and to other gateways
  Millis silence{35'000};        // another gateway that gave none for so long is gone
  Millis hold{60'000};           // what cannot be sent to a leaf is kept so long: a challenge lives no longer
};

// What an operator configures.
struct Settings {
  std::string uri;
  std::string ca_file;      // PEM; empty: what the system trusts. Of mqtts only
  std::string certificate;  // PEM, with its chain, and
  std::string key;          // PEM without passphrase: both or none. Of mqtts only
  std::string username;
  std::string password_file;  // its first line; read at every connection, so that it may change
  std::string name;           // of this gateway among those on the broker: 1 to 64 of A-Z a-z 0-9 . _ -
  Patience patience;
};

// What can be said before anything is tried: all of the above but what is in the files. Errors: malformed,
// with the key's name (as in the configuration).
[[nodiscard]] Result<void> check(const Settings& settings);

// Whether the broker would be this gateway itself, which listens at `address` ("0.0.0.0", "::1") and `port`:
// what can be told without a name server and without asking the kernel for the machine's addresses. The
// client asks both before it connects.
[[nodiscard]] bool leads_here(const Address& broker, const std::string& address, std::uint16_t port);

// Names the broker in proofs: "broker/HOST:PORT", cut off behind 64 octets.
[[nodiscard]] std::string binding_of(const Address& broker);

}  // namespace leafgate::broker

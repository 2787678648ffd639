#pragma once

#include <string>
#include <string_view>

#include "gateway/net/stream.hpp"

namespace leafgate::net {

// How a connection failed before a protocol session existed.
enum class DoorFailure {
  not_tls,              // first octets are no TLS record
  hello_malformed,      // a TLS record, but no readable ClientHello
  silent,               // said too little before its time was over
  alert_received,       // the peer sent a TLS alert: `detail` is OpenSSL's name of it ("unknown ca")
  closed_after_flight,  // closed without an alert after our certificate was sent, or before a byte of its
                        // protocol came
  handshake_failed,     // our side refused: `detail` tells the OpenSSL error
  over_limit,           // not accepted: a connection limit was reached
  source_held,          // not accepted: too much failed from this address; told of some connections only
};

// What net tells the world above it without knowing it. Called on the connection's loop; must return at once.
class AdmissionObserver {
 public:
  virtual ~AdmissionObserver() = default;
  virtual void door_failed(const PeerInfo& peer, DoorFailure failure, std::string_view detail) = 0;
  virtual void opened(const PeerInfo& peer) = 0;  // handshake done, or passed on without one
  virtual void closed(const PeerInfo& peer) = 0;  // after opened()
};

}  // namespace leafgate::net

#pragma once

#include <optional>
#include <string>

#include "gateway/net/admission_observer.hpp"
#include "gateway/net/client_hello.hpp"
#include "gateway/net/deadlines.hpp"
#include "gateway/net/penalties.hpp"
#include "gateway/net/socket.hpp"

namespace leafgate::net {

// An accepted connection whose ClientHello is being read, and while it waits for its handshake. Thousands may
// be there at once, so it is small and holds no SSL object.
class Arrival final : public Expiring {
 public:
  Arrival(Socket s, PeerInfo p) : socket(std::move(s)), peer(std::move(p)) {}

  // Reads until the hello is whole, cannot become one, the peer's end or the deadline. `limit` bounds its
  // octets.
  Task<void> read_hello(std::size_t limit);
  // What was wrong with it, to be told; nothing when the hello is whole, or this program stops.
  struct Failure {
    DoorFailure kind;
    std::string detail;
    Penalties::Kind weight = Penalties::Kind::bad_tls;
  };
  [[nodiscard]] std::optional<Failure> failure(std::size_t limit) const;
  [[nodiscard]] bool complete() const { return hello.state == ClientHello::State::complete; }
  // True when the peer has left; looks without reading.
  [[nodiscard]] bool is_gone();

  void expire(Errc why) override;

  Socket socket;
  PeerInfo peer;
  std::string octets;  // all that was read, the hello and perhaps more
  ClientHello hello;

 private:
  bool step(std::size_t limit);

  bool ended_ = false;
  std::optional<Errc> expired_;
};

}  // namespace leafgate::net

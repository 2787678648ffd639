#pragma once

#include "gateway/net/http_server.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate::https {

// What of a leaf this door depends on; all outlive every serve(). Any loop may serve.
struct Ports {
  Registrar& registrar;
  Journal& journal;
  const WallClock& clock;
  Random& random;
};

// Bounds of one connection (reliability §3.2, §3.4).
struct Limits {
  std::size_t body = 16 * 1024;
  Millis head_time{5'000};
  Millis body_time{10'000};
  // Between requests, or for as long as a leaf was told to wait: iot-identity-service polls each 5 s, C#
  // within 7.
  Millis idle{15'000};
  unsigned unproven = 4;  // requests without a good proof; the connection ends after so many
  std::size_t notes = 4;  // told to the journal of one connection
};

// DPS over HTTPS, and the door of MQTT over WebSocket: an upgrade on one of its paths goes on to `web_socket`
// with a stream of its own. Requests of a connection are answered one after another, by whichever leaf (a
// proxy or a gateway behind may share one).
class Endpoint final : public net::StreamHandler {
 public:
  Endpoint(const Ports& ports, const Limits& limits, net::StreamHandler& web_socket)
      : ports_(ports), limits_(limits), web_socket_(web_socket) {}

  Task<void> serve(net::Stream& stream, net::PeerInfo peer) override;

 private:
  Ports ports_;
  Limits limits_;
  net::StreamHandler& web_socket_;
};

}  // namespace leafgate::https

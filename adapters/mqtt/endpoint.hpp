#pragma once

#include "adapters/mqtt/limits.hpp"
#include "adapters/mqtt/session.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate::mqtt {

// What of a leaf this door depends on; all outlive every serve(). Any loop may serve.
struct Ports {
  Registrar& registrar;
  Journal& journal;
  const WallClock& clock;
  Random& random;
};

// DPS over MQTT 3.1.1 behind TLS (8883), or behind an upgraded WebSocket (443). One leaf per stream; its
// requests are answered one after another. A held leaf costs the frame of serve() and at most about 1.5 KiB.
class Endpoint final : public net::StreamHandler {
 public:
  explicit Endpoint(const Ports& ports, const Limits& limits = {}, Transport transport = Transport::mqtt)
      : ports_(ports), limits_(limits), transport_(transport) {}

  // Until the leaf leaves, breaks the protocol or is silent for too long, or the daemon stops.
  Task<void> serve(net::Stream& stream, net::PeerInfo peer) override;

 private:
  Task<void> answer(net::Stream& stream, Session& session, Next next, std::shared_ptr<Presence> presence,
                    const std::string& server_name);
  Task<bool> flush(net::Stream& stream, Session& session);

  Ports ports_;
  Limits limits_;
  Transport transport_;
};

}  // namespace leafgate::mqtt

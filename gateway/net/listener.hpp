#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/crypto/tls_context.hpp"
#include "gateway/model/time.hpp"
#include "gateway/net/admission_observer.hpp"
#include "gateway/net/gate.hpp"
#include "gateway/net/listening.hpp"
#include "gateway/net/penalties.hpp"
#include "gateway/net/stream.hpp"

namespace leafgate::net {

// Bounds at the door (reliability §3.2).
struct ListenerLimits {
  Gate::Limits gate;                       // of each loop
  std::size_t waiting = 20'480;            // connections before their handshake is done, all loops together
  std::size_t waiting_of_source = 10'240;  // the same of one source
  std::size_t established = 10'240;        // sessions, all loops together
  std::size_t hello = 4096;                // octets of a ClientHello; at most 16,384
  Millis silence{500};                     // of a peer whose turn it is, while others wait for its place
  Millis hello_time{5'000};                // from accept to the whole ClientHello
  Millis handshake_time{5'000};            // from the place at the gate to the end of the handshake
  Millis linger_time{2'000};               // for the peer to read what we said last
  ListenOptions listening;                 // of sockets that are bound here
};

// Who takes a connection on, and how. When neither is set it is refused.
struct Route {
  StreamHandler* handler = nullptr;  // after a handshake with `tls`
  std::shared_ptr<crypto::TlsContext> tls;
  // Instead of both: gets the octets as they came, the ClientHello first, and sends its own back untouched.
  // Made for this connection alone, and gone with it.
  std::unique_ptr<StreamHandler> passage = nullptr;
  bool told = false;  // refused, and whoever chose has told why
};
// Chooses by name (`server_name`, lower case, "" when none was sent), port and address of the peer, for the
// loop of that number, whose own context it should give. Called when the peer's turn has come. Called on the
// loops, at the same time: what it looks at must bear that. May not block.
using Router = std::function<Route(const PeerInfo& peer, std::size_t loop)>;

class Door;

// Accepts TLS connections on every loop, over the same descriptors. Of a connection it first reads the
// ClientHello (no SSL object exists yet), then lets it wait at the Gate, shakes hands, and gives it to the
// handler that its route names. The session has until `handshake_time` to set a deadline of its own; its
// place at the gate is given back when it calls the peer authenticated or pending, or ends. The goodbye is
// said here when it returns. What fails on the way is told to the observer, and held against the source. A
// connection that is passed on goes the same way without the handshake, and needs its place no longer; until
// the peer is called authenticated it counts among the unproven of its source.
class Listener {
 public:
  // The observer, the penalties and everything a route names must outlive the sessions, that is, stop().
  // `limits.gate.per_second` is for all loops together.
  Listener(const std::vector<Executor>& loops, ListenerLimits limits, AdmissionObserver& observer,
           Penalties& penalties);
  // After stop(), or when nothing was started. A session that still lives here is a bug and ends the program.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Before start(): binds, or takes the matching one of the inherited descriptors (systemd's; they stay the
  // caller's). Gives the port. Errors: those of open_listening.
  Result<std::uint16_t> listen(std::string_view address, Router router, std::span<const int> inherited = {});

  void start();
  // Closes every listening descriptor at once and sends away who waits; lets sessions end by themselves for
  // `grace`, expires the others with `stopped`, and returns when none is left. Once, on any of the loops.
  Task<void> stop(LoopClock::duration grace);

  [[nodiscard]] std::size_t established() const { return counts_.established; }
  // Connections before their handshake is done.
  [[nodiscard]] std::size_t waiting() const { return counts_.waiting; }

  // What the doors of all loops share.
  struct Counts {
    std::atomic<std::size_t> waiting{0};
    std::atomic<std::size_t> established{0};
    std::atomic<std::size_t> tasks{0};  // coroutines that refer to a door
  };

 private:
  ListenerLimits limits_;
  Counts counts_;
  std::vector<std::unique_ptr<Door>> doors_;
};

}  // namespace leafgate::net

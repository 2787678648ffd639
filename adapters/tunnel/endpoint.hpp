#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/tunnel/choose.hpp"
#include "adapters/tunnel/company.hpp"
#include "adapters/tunnel/rules.hpp"
#include "gateway/net/listener.hpp"

namespace leafgate::tunnel {

// Connections that pass through untouched (semantics §6): to the provisioning service, to hubs that were
// handed out here, to neighbours on the box. Decides at the ClientHello, on every loop; a tunnel lives on the
// loop of its connection.
class Endpoint {
 public:
  // Before the first route(). The ports outlive this, and are called on every loop.
  Endpoint(const std::vector<Executor>& loops, const Rules& rules, const Limits& limits, PassThrough& passes,
           Journal& journal, const WallClock& clock);
  // When no route that it gave is left: after the listener's stop().
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // What a listener's router shall do with this peer; nothing: it is served here. At a `pass_only` port
  // nobody is served. On loop number `loop`. May use up a pass of the peer's address.
  [[nodiscard]] std::optional<net::Route> route(const net::PeerInfo& peer, std::size_t loop, bool pass_only);

  // By which each loop dials: for its proxy and our own addresses. Before the first route().
  [[nodiscard]] net::Connector& connector(std::size_t loop) { return *lines_[loop]->connector; }

  // Ends everything that passes, and whoever comes to pass is sent away from now on. Once, on any of the
  // loops, before the listener's stop(): else that waits for what is being dialled.
  Task<void> stop();

  [[nodiscard]] Counts counts() const { return company_.tally.read(company_.seats.open()); }  // any thread

 private:
  [[nodiscard]] Facts facts_of(const net::PeerInfo& peer, bool pass_only) const;

  Rules rules_;
  Company company_;
  std::vector<std::unique_ptr<Line>> lines_;  // one a loop
};

}  // namespace leafgate::tunnel

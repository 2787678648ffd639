#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "adapters/tunnel/rules.hpp"
#include "adapters/tunnel/seats.hpp"
#include "adapters/tunnel/tally.hpp"
#include "gateway/net/connector.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/ports/pass_through.hpp"

namespace leafgate::tunnel {

// What the tunnels of all loops share; outlives them.
struct Company {
  PassThrough& passes;
  Journal& journal;
  const WallClock& clock;
  Limits limits;
  Seats seats;
  Tally tally;

  // Into the journal, as seen at the tunnel's door.
  void tell(const std::string& address, Reason reason, std::string detail, const std::string& claimed_id);
};

// The tunnel's part on one loop; used there.
struct Line {
  explicit Line(const Executor& e) : executor(e), connector(std::make_unique<net::Connector>(e, nullptr)) {}
  Executor executor;
  std::unique_ptr<net::Connector> connector;  // null once stopped
  bool stopping = false;
  std::size_t passages = 0;  // being served
};

}  // namespace leafgate::tunnel

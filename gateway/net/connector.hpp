#pragma once

#include <memory>
#include <string>

#include "gateway/crypto/tls_context.hpp"
#include "gateway/net/deadlines.hpp"
#include "gateway/net/socket.hpp"
#include "gateway/net/stream.hpp"

namespace leafgate::net {

// Where to dial, and whom to expect there.
struct Target {
  std::string host;  // name or IP address to dial
  std::uint16_t port = 443;
  std::string server_name;  // SNI and name in the certificate; empty: the same as host
};

// Opens outgoing TLS connections of one loop: name, TCP, TLS with a checked server name. Outlives the streams
// it makes, and every connect(); destroyed on its loop.
class Connector {
 public:
  Connector(const Executor& executor, std::shared_ptr<crypto::TlsContext> context);

  // A stream after its handshake, with this deadline still set. Errors: timed_out; stopped; unreachable, with
  // what failed (name, each address, TLS).
  Task<Result<std::unique_ptr<Stream>>> connect(Target target, TimePoint deadline);

  // TCP alone, for a proxy's CONNECT; addresses are tried one after another.
  Task<Result<Socket>> connect_tcp(std::string host, std::uint16_t port, TimePoint deadline);

  // Ends everything this made with `stopped`, also what comes later.
  void stop();

 private:
  struct Lookup;
  struct Attempt;
  Task<Result<std::shared_ptr<Lookup>>> look_up(std::string host, std::uint16_t port, TimePoint deadline);

  Executor executor_;
  std::shared_ptr<crypto::TlsContext> context_;
  Deadlines deadlines_;
  bool stopped_ = false;
};

}  // namespace leafgate::net

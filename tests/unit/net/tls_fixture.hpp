#pragma once

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <sys/socket.h>

#include "gateway/net/tls_socket.hpp"
#include "tests/fakes/test_pki.hpp"

namespace leafgate::net {

// Contexts of both sides that trust each other.
struct TlsPair {
  TestPki pki;
  std::shared_ptr<crypto::TicketKeys> tickets =
      std::make_shared<crypto::TicketKeys>([] { return LoopClock::now().time_since_epoch(); });
  std::shared_ptr<crypto::TlsContext> server =
      crypto::TlsContext::server(crypto::ServerIdentity::load(pki.certificate_file(), pki.key_file()).value(),
                                 tickets)
          .value();
  std::shared_ptr<crypto::TlsContext> client = crypto::TlsContext::client(pki.ca_file()).value();
};

// Two connected Unix sockets: what one sends is at the other at once, also in virtual time.
inline std::pair<Socket, Socket> socket_pair(const Executor& executor) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0)
    throw std::runtime_error("socketpair");
  const boost::asio::generic::stream_protocol protocol(AF_UNIX, 0);
  return {Socket(executor, protocol, fds[0]), Socket(executor, protocol, fds[1])};
}

}  // namespace leafgate::net

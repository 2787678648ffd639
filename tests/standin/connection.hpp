#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "tests/standin/talk.hpp"

namespace leafgate::standin {

struct ConnectionCounters {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // reset on accept
  std::uint64_t open = 0;
  std::uint64_t most_open = 0;
  std::uint64_t tls_done = 0;
  std::uint64_t tls_resumed = 0;
  std::uint64_t tls_failed = 0;
};

// One accepted connection; it keeps itself alive while something is pending.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void start() = 0;
  // Ends it with an RST, without a TLS close.
  virtual void reset() = 0;
};

// `speak` must outlive the connection.
std::shared_ptr<Connection> make_tls_connection(boost::asio::ip::tcp::socket socket,
                                                boost::asio::ssl::context& context, const Speak& speak,
                                                std::shared_ptr<ConnectionCounters> counters);
std::shared_ptr<Connection> make_plain_connection(boost::asio::ip::tcp::socket socket, const Speak& speak,
                                                  std::shared_ptr<ConnectionCounters> counters);

// RST instead of FIN: what a dead host or a firewall looks like to the peer.
void reset_socket(boost::asio::ip::tcp::socket& socket);

}  // namespace leafgate::standin

#pragma once

#include <cstdint>
#include <functional>
#include <list>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "gateway/net/listening.hpp"
#include "gateway/net/plain_socket.hpp"

namespace leafgate::net {

// Accepts TCP connections without TLS, at most `most` at a time (more are closed at once), and serves each by
// `serve`, whose frame may use the socket until it returns. For agents on the same machine: listen on
// loopback addresses only. One loop only. Destroy it after run() has returned.
class PlainListener {
 public:
  using Serve = std::function<Task<void>(PlainSocket&)>;

  // `listening` comes from open_listening.
  PlainListener(Executor executor, OwnedDescriptor listening, Serve serve, std::size_t most = 8);

  // Returns after stop(), when the last connection has ended.
  Task<void> run();
  // Ends accepting and every connection. The same loop as run().
  void stop();

 private:
  using Tcp = boost::asio::ip::tcp;
  using Peer = boost::asio::basic_stream_socket<Tcp, Executor>;
  Task<void> session(Peer peer);

  boost::asio::basic_socket_acceptor<Tcp, Executor> acceptor_;
  Serve serve_;
  std::size_t most_;
  bool stopped_ = false;
  std::list<PlainSocket*> live_;
  Wakeup ended_;
};

}  // namespace leafgate::net

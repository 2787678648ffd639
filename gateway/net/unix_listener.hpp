#pragma once

#include <functional>
#include <list>
#include <string>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "gateway/net/peer_credentials.hpp"
#include "gateway/net/plain_socket.hpp"

namespace leafgate::net {

// Makes a listening Unix socket at `path` (mode 0660 by default) and gives its descriptor. A socket file that
// nobody answers on is replaced. Errors: in_use (somebody listens there), conflict (it is no socket),
// too_large, refused (no permission), not_found (the folder is missing), internal.
Result<int> listen_unix(const std::string& path, unsigned mode = 0660);
// Its error by errno. A filesystem that is read-only just now (EROFS) is internal, for that may pass.
[[nodiscard]] Error listen_unix_error(const std::string& path, int why);

// Accepts on a listening Unix socket, at most `most` connections at a time (more are closed at once), and
// serves each by `serve`, whose frame may use the socket until it returns. Whoever `favours` names has eight
// places more, which no crowd of others can take. One loop only. Destroy it after run() has returned.
class UnixListener {
 public:
  using Serve = std::function<Task<void>(PlainSocket&, PeerCredentials)>;
  using Favours = std::function<bool(const PeerCredentials&)>;

  // Takes the descriptor over: bound here or inherited from systemd.
  UnixListener(Executor executor, int descriptor, Serve serve, std::size_t most = 32, Favours favours = {});

  // Returns after stop(), when the last connection has ended.
  Task<void> run();
  // Ends accepting and every connection. The same loop as run().
  void stop();
  [[nodiscard]] std::size_t connections() const { return live_.size(); }

 private:
  using Local = boost::asio::local::stream_protocol;
  using Peer = boost::asio::basic_stream_socket<Local, Executor>;
  Task<void> session(Peer peer);
  [[nodiscard]] bool has_place_for(Peer& peer) const;

  boost::asio::basic_socket_acceptor<Local, Executor> acceptor_;
  Serve serve_;
  std::size_t most_;
  Favours favours_;
  bool stopped_ = false;
  std::list<PlainSocket*> live_;
  Wakeup ended_;
};

}  // namespace leafgate::net

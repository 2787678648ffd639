#include "gateway/net/unix_listener.hpp"

#include <cerrno>
#include <cstring>

#include <boost/asio/redirect_error.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/runtime/log.hpp"

namespace leafgate::net {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr int backlog = 64;
constexpr std::size_t favoured_places = 8;
constexpr std::chrono::milliseconds unix_breath{100};  // after EMFILE: another turn at once would spin

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int fresh_socket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

bool somebody_listens(const sockaddr_un& address) {
  const int probe = fresh_socket();
  const int answer = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const bool yes = answer == 0 || errno != ECONNREFUSED;
  close(probe);
  return yes;
}

// A socket file that a dead process left behind is in the way; anything else at that path is not ours.
Result<void> clear_the_way(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0)
    return errno == ENOENT ? Result<void>() : listen_unix_error(path, errno);
  if (!S_ISSOCK(found.st_mode)) return Error(Errc::conflict, path + ": exists and is no socket");
  if (somebody_listens(address)) return Error(Errc::in_use, path + ": another process listens here");
  if (unlink(path.c_str()) != 0) return listen_unix_error(path, errno);
  return {};
}

}  // namespace

Error listen_unix_error(const std::string& path, int why) {
  const std::string text = path + ": " + std::strerror(why);
  if (why == EACCES || why == EPERM) return {Errc::refused, text};
  if (why == ENOENT || why == ENOTDIR) return {Errc::not_found, text};
  return {Errc::internal, text};
}

Result<int> listen_unix(const std::string& path, unsigned mode) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
    return Error(Errc::too_large, path + ": longer than a Unix socket's path may be");
  const sockaddr_un address = address_of(path);
  if (auto clear = clear_the_way(path, address); !clear) return clear.error();
  const int descriptor = fresh_socket();
  if (descriptor < 0) return listen_unix_error(path, errno);
  // Nobody can connect between bind and listen, so the mode is in force from the first connection on.
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path.c_str(), mode) != 0 || listen(descriptor, backlog) != 0) {
    Error error = listen_unix_error(path, errno);
    close(descriptor);
    return error;
  }
  return descriptor;
}

UnixListener::UnixListener(Executor executor, int descriptor, Serve serve, std::size_t most, Favours favours)
    : acceptor_(executor, Local(), descriptor),
      serve_(std::move(serve)),
      most_(most),
      favours_(std::move(favours)),
      ended_(executor) {}

Task<void> UnixListener::run() {
  while (!stopped_) {
    Peer peer(acceptor_.get_executor());
    error_code failure;
    co_await acceptor_.async_accept(peer, asio::redirect_error(use_task, failure));
    if (stopped_) break;
    if (failure) {
      co_await sleep_for(unix_breath);
      continue;
    }
    if (!has_place_for(peer)) {
      log::notice("status connection closed, too many are open");
      continue;
    }
    spawn(acceptor_.get_executor(), session(std::move(peer)));
  }
  while (!live_.empty()) co_await ended_.wait();
}

bool UnixListener::has_place_for(Peer& peer) const {
  if (live_.size() < most_) return true;
  if (!favours_ || live_.size() >= most_ + favoured_places) return false;
  const auto who = peer_credentials(peer.native_handle());
  return who && favours_(*who);
}

Task<void> UnixListener::session(Peer peer) {
  auto who = peer_credentials(peer.native_handle());
  PlainSocket socket(Socket(std::move(peer)));
  const auto place = live_.insert(live_.end(), &socket);
  if (who) {
    PeerCredentials credentials = std::move(*who);
    co_await serve_(socket, std::move(credentials));
  }
  live_.erase(place);
  ended_.notify();
}

void UnixListener::stop() {
  stopped_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  for (PlainSocket* socket : live_) socket->stop();
}

}  // namespace leafgate::net

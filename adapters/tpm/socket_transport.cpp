#include "adapters/tpm/socket_transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace leafgate::tpm {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

template <class T>
SocketAddress stored(const T& address, std::size_t size = sizeof(T)) {
  SocketAddress out;
  std::memcpy(&out.storage, &address, size);
  out.size = static_cast<socklen_t>(size);
  return out;
}

SocketAddress to_socket_address(const TctiAddress& address) {
  if (address.kind == TctiAddress::Kind::unix_socket) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    std::copy_n(address.path.begin(), std::min(address.path.size(), sizeof(local.sun_path) - 1),
                local.sun_path);
    return stored(local);
  }
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    return stored(v4);
  }
  sockaddr_in6 v6{};
  ::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  return stored(v6);
}

}  // namespace

Result<Descriptor> SocketTransport::connect(TimePoint deadline) const {
  const SocketAddress to = to_socket_address(address_);
  Descriptor socket(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return system_error("socket");
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.size) != 0) {
    if (errno == EINPROGRESS) {
      if (auto ready = wait_for(socket, POLLOUT, deadline); !ready) return ready.error();
      int failed = 0;
      socklen_t size = sizeof(failed);
      ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
      errno = failed;
      if (failed != 0) return system_error("connect");
      break;
    }
    // A Unix socket whose queue is full: nobody accepts, and poll() has nothing to wait for.
    if (errno == EAGAIN) return Error(Errc::timed_out, "connect: the TPM takes no connection");
    if (errno != EINTR) return system_error("connect");
  }
  return socket;
}

Result<void> SocketTransport::send(ByteView command, TimePoint deadline) {
  response_.clear();
  auto connected = connect(deadline);
  if (!connected) return connected.error();
  socket_ = std::move(*connected);
  while (!command.empty()) {
    const ssize_t sent = ::send(socket_.get(), command.data(), command.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      command = command.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(socket_, POLLOUT, deadline); !ready) return ready.error();
    } else if (errno != EINTR) {
      return system_error("send");
    }
  }
  return {};
}

Result<void> SocketTransport::read_up_to(std::size_t size, TimePoint deadline) {
  while (response_.size() < size) {
    if (auto ready = wait_for(socket_, POLLIN, deadline); !ready) return ready.error();
    std::array<std::uint8_t, largest_frame> part{};
    const ssize_t got = ::recv(socket_.get(), part.data(), size - response_.size(), 0);
    if (got == 0) return Error(Errc::unreachable, "the TPM closed in mid-answer");
    if (got < 0 && errno != EAGAIN && errno != EINTR) return system_error("recv");
    if (got > 0) response_.insert(response_.end(), part.begin(), part.begin() + got);
  }
  return {};
}

Result<Bytes> SocketTransport::receive(TimePoint deadline) {
  if (!socket_.is_open()) return Error(Errc::unreachable, "no command is under way");
  if (auto head = read_up_to(header_size, deadline); !head) return head.error();
  const std::size_t size = framed_size(response_);
  if (size == 0) return Error(Errc::implausible, "not a response of a TPM");
  if (auto rest = read_up_to(size, deadline); !rest) return rest.error();
  socket_.close();
  Bytes whole = std::move(response_);
  response_.clear();
  return whole;
}

}  // namespace leafgate::tpm

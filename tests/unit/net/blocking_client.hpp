#pragma once

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace leafgate::net {

// A leaf of the plainest kind: blocking TCP to a port of this machine, with or without TLS. Waits 20 s at
// most.
class BlockingClient {
 public:
  explicit BlockingClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~BlockingClient() {
    // Leaves without a goodbye, but so that OpenSSL does not take the session for broken.
    if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ssl_.reset();
    if (fd_ >= 0) ::close(fd_);
  }
  BlockingClient(BlockingClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_), ssl_(std::move(other.ssl_)) {}

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_; }

  void send(std::string_view octets) const {
    while (!octets.empty()) {
      const ssize_t sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void finish() const { ::shutdown(fd_, SHUT_WR); }
  // True when the server ended the connection, whatever it sent before.
  [[nodiscard]] bool reads_to_end() const {
    std::string part(4096, '\0');
    ssize_t got = 1;
    while (got > 0) got = ::recv(fd_, part.data(), part.size(), 0);
    return got == 0 || errno == ECONNRESET;
  }

  bool shake(SSL_CTX* context, const std::string& name = "gw.example", SSL_SESSION* resume = nullptr) {
    ssl_.reset(SSL_new(context));
    SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
    if (resume != nullptr) SSL_set_session(ssl_.get(), resume);
    SSL_set_fd(ssl_.get(), fd_);
    return SSL_connect(ssl_.get()) == 1;
  }
  bool write(std::string_view text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0;
  }
  // What comes next, empty at the end.
  std::string read() {
    std::string text(4096, '\0');
    const int got = SSL_read(ssl_.get(), text.data(), static_cast<int>(text.size()));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  int fd_;
  bool connected_ = false;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace leafgate::net

#include "tests/bench/visit.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace leafgate::bench {

std::unique_ptr<SSL_CTX, FreeSsl> storm_context(const std::string& tls, EVP_PKEY* key) {
  std::unique_ptr<SSL_CTX, FreeSsl> context(SSL_CTX_new(TLS_client_method()));
  const int version = tls == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
  if (!context || SSL_CTX_set_min_proto_version(context.get(), version) != 1 ||
      SSL_CTX_set_max_proto_version(context.get(), version) != 1 ||
      (key != nullptr && SSL_CTX_use_PrivateKey(context.get(), key) != 1)) {
    throw std::runtime_error("no TLS " + tls + " here");
  }
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

Visit::Visit(SSL_CTX* context, SSL_SESSION* session, const Script& script, Target target, bool stay)
    : talk_(make_talk(target, script)), stay_(stay), ssl_(SSL_new(context)) {
  // A copy: OpenSSL uses a session of TLS 1.3 once.
  const std::unique_ptr<SSL_SESSION, FreeSsl> own(session == nullptr ? nullptr : SSL_SESSION_dup(session));
  const bool good = ssl_ && (!own || SSL_set_session(ssl_.get(), own.get()) == 1) &&
                    (!script.certificate || SSL_use_certificate(ssl_.get(), script.certificate.get()) == 1);
  if (!good) throw std::runtime_error("no TLS session");
}

Visit::~Visit() {
  if (fd_ >= 0) ::close(fd_);
}

bool Visit::open(const sockaddr_in& server, const sockaddr_in& source) {
  const int on = 1;
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  // The port is chosen at connect, so that one address can hold more connections than it has free ports.
  const bool started = ssl_ && fd_ >= 0 &&
                       ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
                       ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
                       ::bind(fd_, reinterpret_cast<const sockaddr*>(&source), sizeof source) == 0 &&
                       (::connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0 ||
                        errno == EINPROGRESS) &&
                       SSL_set_fd(ssl_.get(), fd_) == 1;
  if (!started) why_ = std::string("open: ") + std::strerror(errno);
  return started;
}

Visit::Next Visit::ready() {
  switch (phase_) {
    case Phase::handshake:
      return handshake();
    case Phase::leaving:
      return drain();
    default:
      return converse();
  }
}

Visit::Next Visit::handshake() {
  ERR_clear_error();
  const int result = SSL_connect(ssl_.get());
  if (result != 1) return missing("handshake", result);
  phase_ = Phase::talk;
  talk_->begin();
  return converse();
}

Visit::Next Visit::converse() {
  for (;;) {
    const Talk::Next next = talk_->step();
    if (next != Talk::Next::wait) return follow(next);
    if (!send()) return fail("not sent");
    std::array<char, 4096> chunk;
    ERR_clear_error();
    const int size = SSL_read(ssl_.get(), chunk.data(), chunk.size());
    if (size <= 0) return missing("read", size);
    talk_->feed({chunk.data(), static_cast<std::size_t>(size)});
  }
}

Visit::Next Visit::follow(Talk::Next next) {
  switch (next) {
    case Talk::Next::pause:
      return send() ? Next::pause : fail("not sent");
    case Talk::Next::failed:
      return fail(talk_->why());
    case Talk::Next::answer:
      if (!stay_) {
        leave();
      } else {
        talk_->stay();
        (void)send();
      }
      return Next::answer;
    default:
      return Next::wait;
  }
}

Visit::Next Visit::resume() {
  talk_->resume();
  return converse();
}

void Visit::leave() {
  talk_->leave();
  (void)send();
  SSL_shutdown(ssl_.get());
  ::shutdown(fd_, SHUT_WR);
  phase_ = Phase::leaving;
}

Visit::Next Visit::drain() {
  std::array<char, 4096> rest;
  for (;;) {
    const auto size = ::recv(fd_, rest.data(), rest.size(), 0);
    if (size > 0) continue;
    return size < 0 && errno == EAGAIN ? Next::wait : Next::closed;
  }
}

// What a visit says fits into the send buffer of any socket, so a short write is a failure.
bool Visit::send() {
  const std::string words = talk_->take_words();
  if (words.empty()) return true;
  ERR_clear_error();
  return SSL_write(ssl_.get(), words.data(), static_cast<int>(words.size())) > 0;
}

Visit::Next Visit::fail(const std::string& what) {
  why_ = what;
  return Next::failed;
}

Visit::Next Visit::missing(const std::string& what, int result) {
  const int saved = errno;
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Next::wait;
  if (error == SSL_ERROR_SYSCALL && saved == EAGAIN) return Next::wait;
  return fail(what + (error == SSL_ERROR_SYSCALL && saved != 0 ? std::string(": ") + std::strerror(saved)
                                                               : ": closed"));
}

}  // namespace leafgate::bench

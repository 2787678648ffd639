#pragma once

#include <memory>
#include <string>

#include <netinet/in.h>
#include <openssl/ssl.h>

#include "tests/bench/talk.hpp"

namespace leafgate::bench {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

// A client context for `tls` "1.2" or "1.3". It takes any certificate: who checks certificates is tested
// elsewhere, and the processor time is better spent on more leaves. `key` belongs to the certificates that
// leaves show; may be null.
std::unique_ptr<SSL_CTX, FreeSsl> storm_context(const std::string& tls, EVP_PKEY* key);

// One leaf on one connection: TCP, TLS, its talk, the farewell. Non-blocking: whoever owns it waits for
// events of fd(), edge-triggered, and calls ready().
class Visit {
 public:
  enum class Next {
    wait,    // for the next event of fd()
    pause,   // call resume() after pause_seconds()
    answer,  // the leaf has what it came for; told once, call ready() again at once
    closed,  // over, and answered before
    failed,  // over without an answer; why() says why
  };

  // `context` and `script` must outlive it. Resumes `session` unless it is null. With `stay` the connection
  // is kept after the answer until leave().
  Visit(SSL_CTX* context, SSL_SESSION* session, const Script& script, Target target, bool stay);
  ~Visit();
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  // Starts to connect, from `source` (its port 0). False when the system refuses; why() says why.
  bool open(const sockaddr_in& server, const sockaddr_in& source);
  Next ready();
  Next resume();
  // Ends a visit that stayed; ready() tells when it is closed.
  void leave();

  int fd() const { return fd_; }
  long pause_seconds() const { return talk_->pause_seconds(); }
  bool polled() const { return talk_->polled(); }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  const std::string& why() const { return why_; }

 private:
  enum class Phase { handshake, talk, leaving };

  Next handshake();
  Next converse();
  Next follow(Talk::Next next);
  Next drain();
  bool send();
  Next fail(const std::string& what);
  Next missing(const std::string& what, int result);

  std::unique_ptr<Talk> talk_;
  bool stay_;
  int fd_ = -1;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  Phase phase_ = Phase::handshake;
  std::string why_;
};

}  // namespace leafgate::bench

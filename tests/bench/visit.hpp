#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <netinet/in.h>
#include <openssl/ssl.h>

#include "tests/bench/script.hpp"
#include "tests/leaf/mqtt_codec.hpp"

namespace leafgate::bench {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// A client context for `tls` "1.2" or "1.3". Every handshake is a full one. It takes any certificate: who
// checks certificates is tested elsewhere, and the processor time is better spent on more leaves.
std::unique_ptr<SSL_CTX, FreeSsl> storm_context(const std::string& tls);

// One leaf on one connection: TCP, TLS, CONNECT, SUBSCRIBE, PUBLISH, polls where it is told to, and the
// farewell. Non-blocking: whoever owns it waits for events of fd(), edge-triggered, and calls ready().
class Visit {
 public:
  enum class Next {
    wait,    // for the next event of fd()
    pause,   // call resume() after pause_seconds()
    answer,  // the leaf has what it came for; told once, call ready() again at once
    closed,  // over, and answered before
    failed,  // over without an answer; why() says why
  };

  // `context` and `script` must outlive it. With `stay` the connection is kept after the answer until
  // leave().
  Visit(SSL_CTX* context, const Script& script, Target target, bool stay);
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
  long pause_seconds() const { return pause_; }
  bool polled() const { return packet_id_ > 2; }
  const std::string& why() const { return why_; }

 private:
  enum class Phase { handshake, connack, suback, answer, pause, settled, leaving };

  Next handshake();
  Next read();
  Next take(const leaf::Packet& packet);
  Next take_publish(const leaf::Packet& packet);
  Next settle();
  Next drain();
  bool send(const std::string& bytes);
  Next fail(const std::string& what);
  Next missing(const std::string& what, int result);

  const Script& script_;
  Target target_;
  bool stay_;
  int fd_ = -1;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  Phase phase_ = Phase::handshake;
  leaf::PacketReader reader_;
  std::uint16_t packet_id_ = 2;
  std::uint16_t to_acknowledge_ = 0;
  bool answered_ = false;
  std::string operation_;
  long pause_ = 0;
  std::string why_;
};

}  // namespace leafgate::bench

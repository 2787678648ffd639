#include "tests/bench/visit.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <netinet/tcp.h>
#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace leafgate::bench {
using leaf::PacketType;

std::unique_ptr<SSL_CTX, FreeSsl> storm_context(const std::string& tls) {
  std::unique_ptr<SSL_CTX, FreeSsl> context(SSL_CTX_new(TLS_client_method()));
  const int version = tls == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
  if (!context || SSL_CTX_set_min_proto_version(context.get(), version) != 1 ||
      SSL_CTX_set_max_proto_version(context.get(), version) != 1) {
    throw std::runtime_error("no TLS " + tls + " here");
  }
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

Visit::Visit(SSL_CTX* context, const Script& script, Target target, bool stay)
    : script_(script), target_(target), stay_(stay), ssl_(SSL_new(context)) {}

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
      return read();
  }
}

Visit::Next Visit::handshake() {
  ERR_clear_error();
  const int result = SSL_connect(ssl_.get());
  if (result != 1) return missing("handshake", result);
  phase_ = Phase::connack;
  if (!send(script_.connect)) return fail("CONNECT not sent");
  return read();
}

Visit::Next Visit::read() {
  for (;;) {
    while (const auto packet = reader_.next()) {
      const Next next = take(*packet);
      if (next != Next::wait) return next;
    }
    if (!reader_.defect().empty()) return fail("not MQTT: " + reader_.defect());
    std::array<char, 4096> chunk;
    ERR_clear_error();
    const int size = SSL_read(ssl_.get(), chunk.data(), chunk.size());
    if (size <= 0) return missing("read", size);
    reader_.feed({chunk.data(), static_cast<std::size_t>(size)});
  }
}

Visit::Next Visit::take(const leaf::Packet& packet) {
  switch (phase_) {
    case Phase::connack:
      if (packet.type != PacketType::connack || packet.return_code != 0) {
        return fail("CONNACK " + std::to_string(packet.return_code));
      }
      phase_ = Phase::suback;
      return send(script_.subscribe) ? Next::wait : fail("SUBSCRIBE not sent");
    case Phase::suback:
      if (packet.type != PacketType::suback || packet.return_code != 1) return fail("no SUBACK with QoS 1");
      phase_ = Phase::answer;
      return send(script_.request) ? Next::wait : fail("PUBLISH not sent");
    case Phase::answer:
    case Phase::pause:
    case Phase::settled:
      if (packet.type == PacketType::puback || packet.type == PacketType::pingresp) return Next::wait;
      if (packet.type == PacketType::publish && phase_ == Phase::answer) return take_publish(packet);
      return fail("a packet nobody asked for");
    default:
      return Next::wait;
  }
}

Visit::Next Visit::take_publish(const leaf::Packet& packet) {
  to_acknowledge_ = packet.qos > 0 ? packet.packet_id : std::uint16_t{0};
  if (target_ == Target::echo) {
    return packet.topic == script_.topic && packet.payload == script_.body ? settle() : fail("not the echo");
  }
  const auto topic = leaf::parse_response_topic(packet.topic);
  const auto body = nlohmann::json::parse(packet.payload, nullptr, false);
  if (!topic || topic->rid != script_.rid || !body.is_object()) return fail("not an answer of DPS");
  const std::string status = body.value("status", "");
  if (topic->status == 200 && status == "assigned") return settle();
  if (topic->status != 202) return fail("answer " + std::to_string(topic->status) + " " + status);
  operation_ = body.value("operationId", "");
  pause_ = topic->retry_after.value_or(2);
  phase_ = Phase::pause;
  if (to_acknowledge_ != 0 && !send(leaf::encode_puback(to_acknowledge_))) return fail("PUBACK not sent");
  return Next::pause;
}

Visit::Next Visit::resume() {
  phase_ = Phase::answer;
  if (!send(poll_packet(script_, operation_, ++packet_id_))) return fail("poll not sent");
  return read();
}

Visit::Next Visit::settle() {
  answered_ = true;
  phase_ = Phase::settled;
  if (stay_) {
    if (to_acknowledge_ != 0) send(leaf::encode_puback(to_acknowledge_));
    to_acknowledge_ = 0;
  } else {
    leave();
  }
  return Next::answer;
}

void Visit::leave() {
  const std::string acknowledged = to_acknowledge_ != 0 ? leaf::encode_puback(to_acknowledge_) : "";
  send(acknowledged + leaf::encode_disconnect());
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

// The packets of a visit fit into the send buffer of any socket, so a short write is a failure.
bool Visit::send(const std::string& bytes) {
  ERR_clear_error();
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
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

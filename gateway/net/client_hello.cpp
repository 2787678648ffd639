#include "gateway/net/client_hello.hpp"

#include <algorithm>
#include <optional>

namespace leafgate::net {
namespace {

using State = ClientHello::State;

constexpr std::uint8_t record_handshake = 22;
constexpr std::uint8_t version_major = 3;
constexpr std::size_t record_header = 5;
constexpr std::size_t record_most = 16384;  // RFC 8446 §5.1: TLSPlaintext.length
constexpr std::uint8_t message_client_hello = 1;
constexpr std::size_t message_header = 4;
constexpr std::uint16_t extension_server_name = 0;
constexpr std::uint8_t name_type_host = 0;
constexpr std::size_t host_most = 255;

// Takes fields off the front; once something is missing everything is empty and `ok` is false.
class Reader {
 public:
  explicit Reader(ByteView octets) : rest_(octets) {}

  std::size_t number(std::size_t octets) {
    std::size_t value = 0;
    for (const std::uint8_t octet : take(octets)) value = value << 8U | octet;
    return value;
  }
  ByteView take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  // A vector with a length of that many octets before it.
  ByteView vector(std::size_t length_octets) { return take(number(length_octets)); }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  ByteView rest_;
  bool ok_ = true;
};

ClientHello stop(State state) { return {state, 0, {}}; }

ClientHello more(std::size_t need, std::size_t limit) {
  if (need > limit) return stop(State::too_large);
  return {State::more, need, {}};
}

std::optional<std::string> host_name(ByteView octets) {
  if (octets.empty() || octets.size() > host_most) return std::nullopt;
  std::string name;
  for (const std::uint8_t octet : octets) {
    if (octet <= 0x20 || octet >= 0x7f) return std::nullopt;
    const auto c = static_cast<char>(octet);
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (name.back() == '.') name.pop_back();
  return name;
}

// The extension's content: a list of which one entry is a host name.
std::optional<std::string> server_name(ByteView content) {
  Reader outer(content);
  Reader list(outer.vector(2));
  if (!outer.ok() || !outer.empty()) return std::nullopt;
  while (!list.empty()) {
    const auto type = list.number(1);
    const ByteView name = list.vector(2);
    if (!list.ok()) return std::nullopt;
    if (type == name_type_host) return host_name(name);
  }
  return std::nullopt;
}

ClientHello parse_body(ByteView body) {
  Reader hello(body);
  (void)hello.take(2 + 32);  // legacy_version, random
  const ByteView session = hello.vector(1);
  const ByteView suites = hello.vector(2);
  const ByteView compression = hello.vector(1);
  if (!hello.ok() || session.size() > 32 || suites.empty() || suites.size() % 2 != 0 || compression.empty()) {
    return stop(State::malformed);
  }
  ClientHello found = stop(State::complete);
  if (hello.empty()) return found;  // TLS 1.2 without extensions
  Reader extensions(hello.vector(2));
  if (!hello.ok() || !hello.empty()) return stop(State::malformed);
  while (!extensions.empty()) {
    const auto type = extensions.number(2);
    const ByteView content = extensions.vector(2);
    if (!extensions.ok()) return stop(State::malformed);
    if (type != extension_server_name) continue;
    auto name = server_name(content);
    if (!name || !found.server_name.empty()) return stop(State::malformed);
    found.server_name = std::move(*name);
  }
  return found;
}

}  // namespace

ClientHello parse_client_hello(ByteView octets, std::size_t limit) {
  Bytes message;  // the handshake message so far, out of its records
  std::size_t at = 0;
  for (;;) {
    const ByteView record = octets.subspan(at);
    if (!record.empty() && record[0] != record_handshake) {
      return stop(at == 0 ? State::not_tls : State::malformed);
    }
    if (record.size() > 1 && record[1] != version_major) {
      return stop(at == 0 ? State::not_tls : State::malformed);
    }
    if (record.size() < record_header) return more(at + record_header, limit);
    const std::size_t length = static_cast<std::size_t>(record[3]) << 8U | record[4];
    if (length == 0 || length > record_most) return stop(State::malformed);
    if (at + record_header + length > limit) return stop(State::too_large);
    const ByteView fragment = record.subspan(record_header, std::min(length, record.size() - record_header));
    message.insert(message.end(), fragment.begin(), fragment.end());

    // The message's own header is judged as soon as it is there: a long wait for nonsense is avoided.
    if (!message.empty() && message[0] != message_client_hello) return stop(State::malformed);
    if (message.size() >= message_header) {
      const std::size_t body = Reader(ByteView(message).subspan(1)).number(3);
      if (body > limit) return stop(State::too_large);
      if (message.size() >= message_header + body) {
        return parse_body(ByteView(message).subspan(message_header, body));
      }
    }
    at += record_header + length;
    if (at > octets.size()) return more(at, limit);
  }
}

}  // namespace leafgate::net

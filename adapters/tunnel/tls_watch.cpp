#include "adapters/tunnel/tls_watch.hpp"

#include <algorithm>

#include "adapters/tunnel/tls_alert.hpp"

namespace leafgate::tunnel {
namespace {

// RFC 8446 §5.1, §4; RFC 5246 §6.2, §7.
constexpr std::uint8_t change_cipher_spec = 20;
constexpr std::uint8_t alert = 21;
constexpr std::uint8_t handshake = 22;
constexpr std::uint8_t application_data = 23;
constexpr std::uint8_t version_major = 3;
constexpr std::size_t longest_record = (16 << 10) + 2048;
constexpr std::uint8_t message_certificate = 11;
constexpr std::uint8_t fatal = 2;
constexpr std::size_t alert_length = 2;        // in clear; encrypted ones are longer
constexpr std::size_t before_certificate = 6;  // length of the list, length of its first certificate

std::size_t number(ByteView octets) {
  std::size_t value = 0;
  for (const std::uint8_t octet : octets) value = value << 8U | octet;
  return value;
}

// Level, description, type of content and tag: an alert of TLS 1.3, in the clothes of application data.
bool has_length_of_hidden_alert(std::size_t length) {
  constexpr std::size_t tag = 16;
  constexpr std::size_t short_tag = 8;  // AES-CCM-8
  return length == alert_length + 1 + tag || length == alert_length + 1 + short_tag;
}

// Moves octets off the front of `from` until `into` has all of its own; true then.
template <std::size_t size>
bool complete(std::array<std::uint8_t, size>& into, std::uint8_t& have, ByteView& from) {
  const std::size_t count = std::min(size - have, from.size());
  std::copy_n(from.begin(), count, into.begin() + have);
  have = static_cast<std::uint8_t>(have + count);
  from = from.subspan(count);
  return have == size;
}

}  // namespace

void TlsWatch::feed(Side& side, ByteView octets) {
  while (!octets.empty() && !side.over) {
    if (side.left == 0) {
      if (!complete(side.head, side.have, octets)) return;
      side.have = 0;
      begin_record(side);
      continue;
    }
    const ByteView part = octets.first(std::min(side.left, octets.size()));
    look(side, part);
    side.left -= part.size();
    octets = octets.subspan(part.size());
  }
}

void TlsWatch::begin_record(Side& side) {
  side.length = side.left = number(ByteView(side.head).subspan(3));
  const std::uint8_t type = side.head[0];
  const bool sound = type >= change_cipher_spec && type <= application_data &&
                     side.head[1] == version_major && side.length <= longest_record;
  side.begun = true;
  if (!sound) side.over = true;
  if (side.over && side.is_client) drop_kept();
  if (!sound) return;
  if (type == change_cipher_spec) side.encrypted = true;
  if (type == application_data) begin_data(side);
}

void TlsWatch::begin_data(Side& side) {
  if (side.is_client) {
    // Early data says nothing yet of what the server makes of it.
    if (!server_.begun) return;
    client_has_data_ = side.over = true;
    drop_kept();
  } else if (client_has_data_ && !has_length_of_hidden_alert(side.length)) {
    answered_ = side.over = true;
  }
}

void TlsWatch::look(Side& side, ByteView part) {
  const std::uint8_t type = side.head[0];
  if (type == handshake && side.is_client && !side.encrypted) return look_at_messages(part);
  if (type != alert || side.length != alert_length) return;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (side.left - i == alert_length) {
      side.alert_level = part[i];
    } else if (side.alert_level == fatal && side.alert.empty()) {
      side.alert = alert_name(part[i]);
    }
  }
}

void TlsWatch::look_at_messages(ByteView octets) {
  while (!octets.empty()) {
    if (message_.left == 0) {
      if (!complete(message_.head, message_.have, octets)) return;
      message_.have = 0;
      begin_message();
      continue;
    }
    const ByteView part = octets.first(std::min(message_.left, octets.size()));
    keep(part);
    message_.left -= part.size();
    if (message_.left == 0) drop_kept();
    octets = octets.subspan(part.size());
  }
}

void TlsWatch::begin_message() {
  message_.left = number(ByteView(message_.head).subspan(1));
  if (message_.head[0] == message_certificate) wanted_ = before_certificate;
}

// Takes what belongs to the first certificate of a Certificate message (RFC 5246 §7.4.2).
void TlsWatch::keep(ByteView part) {
  while (wanted_ != 0 && !part.empty()) {
    const std::size_t count = std::min(wanted_ - kept_.size(), part.size());
    kept_.insert(kept_.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
    part = part.subspan(count);
    if (kept_.size() < wanted_) return;
    if (wanted_ > before_certificate) {
      certificate_.assign(kept_.begin() + before_certificate, kept_.end());
      return drop_kept();
    }
    const std::size_t list = number(ByteView(kept_).first(3));
    const std::size_t length = number(ByteView(kept_).subspan(3));
    if (length == 0 || length > largest || length + 3 > list) return drop_kept();
    wanted_ += length;
  }
}

void TlsWatch::drop_kept() {
  kept_ = Bytes();
  wanted_ = 0;
}

}  // namespace leafgate::tunnel

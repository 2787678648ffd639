#include "adapters/serial/frame_body.hpp"

#include <algorithm>

#include "gateway/crypto/digest.hpp"

namespace leafgate::serial {
namespace {

constexpr std::size_t hello_size = 13;
constexpr std::size_t busy_size = 3;
constexpr int uid_bits = 64;

bool is_prefix(ByteView payload) {
  if (payload.empty() || payload[0] > uid_bits) return false;
  const std::size_t bits = payload[0];
  if (payload.size() != 1 + (bits + 7) / 8) return false;
  const unsigned unused = 0xffU >> bits % 8;
  return bits % 8 == 0 || (payload.back() & unused) == 0;
}

bool is_hello(ByteView payload) {
  if (payload.size() != hello_size) return false;
  const int mtu = payload[8];
  return mtu == 64 || mtu == 128 || mtu == 240;
}

bool is_nak(ByteView payload) {
  if (payload.empty() || payload[0] == 0 || payload[0] > static_cast<unsigned>(NakCode::not_known))
    return false;
  return payload.size() == (payload[0] == static_cast<unsigned>(NakCode::busy) ? busy_size : 1);
}

Uid uid_at(ByteView octets) {
  Uid uid{};
  std::copy_n(octets.begin(), uid.size(), uid.begin());
  return uid;
}

std::uint64_t number_of(const Uid& uid) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : uid) value = value << 8U | octet;
  return value;
}

}  // namespace

std::string to_text(const Uid& uid) { return crypto::hex(uid); }

bool begins_with(const Uid& uid, const Prefix& prefix) {
  return prefix.bits == 0 || (number_of(uid) ^ prefix.value) >> (uid_bits - prefix.bits) == 0;
}

bool is_sound(const Frame& frame) {
  if (frame.type == FrameType::data) return frame.payload.size() <= most_payload;
  if (frame.more || frame.fragment != 0) return false;
  switch (frame.type) {
    case FrameType::discover:
      return is_prefix(frame.payload);
    case FrameType::assign:
      return frame.payload.size() == 9 && frame.payload[8] >= 1 && frame.payload[8] <= last_address;
    case FrameType::hello:
      return is_hello(frame.payload);
    case FrameType::nak:
      return is_nak(frame.payload);
    default:
      return frame.payload.empty();
  }
}

Hello hello_of(const Frame& frame) {
  Hello hello;
  hello.uid = uid_at(frame.payload);
  hello.mtu = frame.payload[8];
  for (const std::uint8_t octet : ByteView(frame.payload).subspan(9))
    hello.boot_nonce = hello.boot_nonce << 8U | octet;
  return hello;
}

Nak nak_of(const Frame& frame) {
  Nak nak;
  nak.code = static_cast<NakCode>(frame.payload[0]);
  if (nak.code == NakCode::busy) nak.wait = Millis(frame.payload[1] | frame.payload[2] << 8);
  return nak;
}

Prefix prefix_of(const Frame& frame) {
  Prefix prefix;
  prefix.bits = frame.payload[0];
  for (std::size_t i = 1; i < frame.payload.size(); ++i)
    prefix.value |= std::uint64_t{frame.payload[i]} << (64 - 8 * i);
  return prefix;
}

Assignment assignment_of(const Frame& frame) {
  Assignment assignment;
  assignment.uid = uid_at(frame.payload);
  assignment.address = frame.payload[8];
  return assignment;
}

Frame make_question(FrameType type, std::uint8_t address, std::uint8_t number) {
  Frame frame;
  frame.type = type;
  frame.address = address;
  frame.number = number;
  return frame;
}

Frame make_discover(const Prefix& prefix, std::uint8_t number) {
  Frame frame = make_question(FrameType::discover, to_all, number);
  frame.payload.push_back(static_cast<std::uint8_t>(prefix.bits));
  for (int i = 0; i < (prefix.bits + 7) / 8; ++i)
    frame.payload.push_back(static_cast<std::uint8_t>(prefix.value >> (56 - 8 * i)));
  return frame;
}

Frame make_assign(const Assignment& assignment, std::uint8_t number) {
  Frame frame = make_question(FrameType::assign, to_all, number);
  frame.payload.assign(assignment.uid.begin(), assignment.uid.end());
  frame.payload.push_back(assignment.address);
  return frame;
}

}  // namespace leafgate::serial

#include "tests/unit/leaf_link/line.hpp"

namespace leafgate::leaf_link {

Octets crc32c(std::string_view octets) {
  std::uint32_t crc = 0xffffffffU;
  for (const char octet : octets) {
    crc ^= static_cast<unsigned char>(octet);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  Octets out;
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(~crc >> shift));
  return out;
}

Octets cobs(std::string_view plain) {
  Octets out;
  Octets block;
  const auto end_block = [&] {
    out.push_back(static_cast<char>(block.size() + 1));
    out += block;
    block.clear();
  };
  for (const char octet : plain) {
    if (octet != 0) block.push_back(octet);
    if (octet == 0 || block.size() == 254) end_block();
  }
  end_block();
  return out;
}

Octets wire_of(const Frame& frame) {
  Octets raw;
  raw.push_back(static_cast<char>(0x40 | (frame.from_leaf ? 0x20 : 0) | frame.type));
  raw.push_back(static_cast<char>(frame.address));
  raw.push_back(static_cast<char>(frame.number));
  raw.push_back(static_cast<char>(frame.order));
  raw += frame.payload;
  const Octets zero(1, '\0');
  return zero + cobs(raw + crc32c(raw)) + zero;
}

std::optional<Frame> read_frame(std::string_view wire) {
  if (wire.size() < 3 || wire.front() != 0 || wire.back() != 0) return std::nullopt;
  wire = wire.substr(1, wire.size() - 2);
  Octets raw;
  while (!wire.empty()) {
    const auto code = static_cast<std::size_t>(static_cast<unsigned char>(wire.front()));
    if (code == 0 || code > wire.size()) return std::nullopt;
    raw += wire.substr(1, code - 1);
    wire.remove_prefix(code);
    if (code != 255 && !wire.empty()) raw.push_back('\0');
  }
  if (raw.size() < 8 || crc32c(raw.substr(0, raw.size() - 4)) != raw.substr(raw.size() - 4))
    return std::nullopt;
  const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(raw[at]); };
  return Frame{static_cast<std::uint8_t>(octet(0) & 31U),
               octet(1),
               octet(2),
               octet(3),
               raw.substr(4, raw.size() - 8),
               (octet(0) & 32U) != 0};
}

void Line::hear(std::string_view octets) {
  leafgate_leaf_octets(&firmware_.leaf, reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
}

std::optional<Frame> Line::answer_to(std::string_view octets) {
  const std::size_t before = firmware_.sent.size();
  hear(octets);
  if (firmware_.sent.size() != before + 1) return std::nullopt;
  return read_frame(firmware_.sent.back());
}

std::optional<Frame> Line::ask(std::uint8_t type, const Octets& payload, std::uint8_t order,
                               std::uint8_t to) {
  last_ = wire_of({type, to, ++number, order, payload, false});
  return answer_to(last_);
}

Octets Line::take() {
  Octets message;
  for (unsigned index = 0;; ++index) {
    const auto frame = ask(poll);
    if (!frame || frame->type != data || (frame->order & 0x7fU) != index) return {};
    message += frame->payload;
    if ((frame->order & 0x80U) == 0) break;
  }
  return message;
}

Frame Line::give(std::string_view message, std::size_t mtu) {
  Frame last;
  for (std::uint8_t index = 0; last.type == 0 || !message.empty(); ++index) {
    const Octets fragment(message.substr(0, mtu));
    message.remove_prefix(fragment.size());
    const auto order = static_cast<std::uint8_t>((message.empty() ? 0 : 0x80) | index);
    last = ask(data, fragment, order).value_or(Frame{});
    if (last.type != ack) return last;
  }
  return last;
}

}  // namespace leafgate::leaf_link

#pragma once

#include <optional>
#include <string>

#include "tests/unit/leaf_link/firmware.hpp"

namespace leafgate::leaf_link {

enum FrameType : std::uint8_t { poll = 1, data, ack, discover, assign, mute, hello, nak, reset = 11 };

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t address = 0;
  std::uint8_t number = 0;
  std::uint8_t order = 0;
  Octets payload;
  bool from_leaf = false;
};

Octets crc32c(std::string_view octets);  // little endian
Octets cobs(std::string_view plain);
Octets wire_of(const Frame& frame);
// With its two delimiters; nothing for what is no frame.
std::optional<Frame> read_frame(std::string_view wire);

// The gateway's end of a line with one leaf, as far as it needs no thought: it asks, and counts.
class Line {
 public:
  explicit Line(Firmware& firmware) : firmware_(firmware) {}

  void hear(std::string_view octets);
  // What the leaf answered to this; none if it was silent.
  std::optional<Frame> answer_to(std::string_view octets);
  std::optional<Frame> ask(std::uint8_t type, const Octets& payload = {}, std::uint8_t order = 0,
                           std::uint8_t to = 5);
  // A question that was asked before, with its number.
  std::optional<Frame> ask_again() { return answer_to(last_); }

  // Polls until a whole message has come; empty when the leaf has nothing to say.
  Octets take();
  // In fragments of `mtu`; the last answer, an ACK if it was taken.
  Frame give(std::string_view message, std::size_t mtu = LEAFGATE_MTU);

  std::uint8_t number = 0;

 private:
  Firmware& firmware_;
  Octets last_;
};

}  // namespace leafgate::leaf_link

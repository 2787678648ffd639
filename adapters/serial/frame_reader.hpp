#pragma once

#include <array>
#include <cstddef>

#include "adapters/serial/frame.hpp"

namespace leafgate::serial {

// Finds the frames in what comes from a line, however it is cut into pieces and whatever stands between them.
// Keeps at most one block; what is longer is dropped up to the next delimiter.
class FrameReader {
 public:
  explicit FrameReader(Direction expected) : expected_(expected) {}

  enum class Kind { nothing, frame, fault };
  struct Heard {
    Kind kind = Kind::nothing;
    Frame frame;                  // of a frame
    Fault fault = Fault::length;  // of a fault
    std::size_t octets = 0;       // on the wire, of frame or fault, with one delimiter
  };
  // Takes octets from the front of `octets` until they complete a frame or a fault, or are used up: nothing.
  [[nodiscard]] Heard next(ByteView& octets);

  // Whether a block has begun: the line may be in the middle of a frame.
  [[nodiscard]] bool is_within_block() const { return seen_ != 0; }
  void forget() { seen_ = 0; }

 private:
  Direction expected_;
  std::array<std::uint8_t, most_block> block_{};
  std::size_t seen_ = 0;  // octets since the delimiter; those behind most_block are not kept
};

}  // namespace leafgate::serial

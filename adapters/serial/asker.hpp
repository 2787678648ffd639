#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "adapters/serial/babble.hpp"
#include "adapters/serial/byte_port.hpp"
#include "adapters/serial/frame_body.hpp"
#include "adapters/serial/frame_reader.hpp"

namespace leafgate::serial {

struct FrameCounts {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t bad = 0;
};

// Puts one question after the other on an open line and hears what is said. Errors of its tasks are those of
// the port: then the line is to be closed. What is no answer (late, double, garbled, our own echo) is
// dropped. Once is_babbling() everything returns at once, with nothing heard.
class Asker {
 public:
  // Both outlive it.
  Asker(BytePort& port, const LineTiming& timing, FrameCounts& counts);
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  // Its answer; nothing when none came within the time of a frame of `longest_answer` octets and 250 ms.
  Task<Result<std::optional<Frame>>> ask(const Frame& question, std::size_t longest_answer);

  struct Greeting {
    std::uint8_t from = 0;
    Hello hello;
  };
  struct Replies {
    std::vector<Greeting> greetings;
    bool garbled = false;  // more was said than can be read
  };
  // Puts a DISCOVER, which any number of leaves may answer at the same time.
  Task<Result<Replies>> probe(const Frame& discover);

  // Says what nobody answers.
  Task<Result<void>> tell(const Frame& frame);
  // Listens to what comes unasked until then, or until the port is interrupted.
  Task<Result<void>> listen(TimePoint until);

  [[nodiscard]] bool is_babbling() const { return babble_.is_babbling(); }

 private:
  Task<Result<void>> say(const Frame& frame);
  // Reads once and takes it apart into heard_ and faults_; the number of octets.
  Task<Result<std::size_t>> hear(TimePoint until);
  [[nodiscard]] LoopClock::duration quiet() const;

  BytePort& port_;
  const LineTiming timing_;
  FrameCounts& counts_;
  FrameReader reader_{Direction::to_gateway};
  Babble babble_;
  std::array<std::uint8_t, 512> buffer_{};
  struct Heard {
    Frame frame;
    std::size_t octets = 0;
  };
  std::vector<Heard> heard_;  // by the last hear()
  std::size_t faults_ = 0;
  TimePoint free_at_{};  // the line, once what was said last is on it
};

}  // namespace leafgate::serial

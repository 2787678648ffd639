#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace leafgate::tunnel {

// What has become of connections since the start, and how many there are now.
struct Counts {
  std::size_t open = 0;
  std::uint64_t to_service = 0;  // reached the other end
  std::uint64_t to_hub = 0;
  std::uint64_t to_neighbour = 0;
  std::uint64_t failed = 0;   // did not reach it
  std::uint64_t refused = 0;  // a name that does not pass
  std::uint64_t no_room = 0;  // as many as may be open were open
  std::uint64_t limited = 0;  // ended at a limit
  std::uint64_t up = 0;       // octets, from leaves
  std::uint64_t down = 0;     // octets, to them
};

// The same as all loops count it, at the same time.
struct Tally {
  std::atomic<std::size_t> open{0};
  std::atomic<std::uint64_t> to_service{0};
  std::atomic<std::uint64_t> to_hub{0};
  std::atomic<std::uint64_t> to_neighbour{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> no_room{0};
  std::atomic<std::uint64_t> limited{0};
  std::atomic<std::uint64_t> up{0};
  std::atomic<std::uint64_t> down{0};

  [[nodiscard]] Counts read() const {
    return {open, to_service, to_hub, to_neighbour, failed, refused, no_room, limited, up, down};
  }
};

// One of the tunnels that may be open; given back when destroyed.
class Seat {
 public:
  // Nothing when there are as many as may be.
  [[nodiscard]] static std::optional<Seat> take(std::atomic<std::size_t>& open, std::size_t most) {
    Seat seat(open);  // counted first, asked then: other loops do the same
    if (++open > most) return std::nullopt;
    return seat;
  }
  Seat(Seat&& other) noexcept : open_(std::exchange(other.open_, nullptr)) {}
  Seat& operator=(Seat&&) = delete;
  ~Seat() {
    if (open_ != nullptr) --*open_;
  }

 private:
  explicit Seat(std::atomic<std::size_t>& open) : open_(&open) {}
  std::atomic<std::size_t>* open_;
};

}  // namespace leafgate::tunnel

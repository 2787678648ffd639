#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

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

// The same as all loops count it, at the same time, but for those that are open (Seats).
struct Tally {
  std::atomic<std::uint64_t> to_service{0};
  std::atomic<std::uint64_t> to_hub{0};
  std::atomic<std::uint64_t> to_neighbour{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> no_room{0};
  std::atomic<std::uint64_t> limited{0};
  std::atomic<std::uint64_t> up{0};
  std::atomic<std::uint64_t> down{0};

  [[nodiscard]] Counts read(std::size_t open) const {
    return {open, to_service, to_hub, to_neighbour, failed, refused, no_room, limited, up, down};
  }
};

}  // namespace leafgate::tunnel

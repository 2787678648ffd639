#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "gateway/model/result.hpp"

namespace leafgate::tunnel {

class Seats;

// One of the tunnels that may be open; given back when destroyed. Not after its Seats.
class Seat {
 public:
  Seat(Seat&& other) noexcept : seats_(std::exchange(other.seats_, nullptr)), source_(other.source_) {}
  Seat& operator=(Seat&&) = delete;
  ~Seat();

 private:
  friend class Seats;
  Seat(Seats& seats, std::uint64_t source) : seats_(&seats), source_(source) {}
  Seats* seats_;
  std::uint64_t source_;
};

// How many tunnels may be open at a time, and how many of them one source may have (net::source_of): whoever
// passes has proved nothing here, and must not take the room of all others. All loops, at the same time.
class Seats {
 public:
  Seats(std::size_t most, std::size_t most_of_source) : most_(most), most_of_source_(most_of_source) {}

  // Errors: throttled, in words for the engineer.
  [[nodiscard]] Result<Seat> take(std::string_view address);
  [[nodiscard]] std::size_t open() const;

 private:
  friend class Seat;
  void give_back(std::uint64_t source);

  const std::size_t most_;
  const std::size_t most_of_source_;
  mutable std::mutex mutex_;  // of what follows
  std::size_t open_ = 0;
  std::unordered_map<std::uint64_t, std::size_t> by_source_;  // only those that have some
};

}  // namespace leafgate::tunnel

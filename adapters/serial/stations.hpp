#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/serial/station.hpp"
#include "gateway/ports/lines.hpp"

namespace leafgate::serial {

// The leaves of one line and their addresses. An address is not given to another leaf for longer than its
// first owner keeps it without being asked; the same leaf gets the same one again where it can.
class Stations {
 public:
  // `wake` is called when there is something to say to a leaf. `link` outlives it.
  Stations(std::string line, LeafLink& link, std::function<void()> wake);

  // The address for a leaf that said hello from `from`; nothing when all are taken.
  [[nodiscard]] std::optional<std::uint8_t> address_for(const Hello& hello, std::uint8_t from,
                                                        TimePoint now) const;
  // Leaves that were lost and may still sit where they sat: muted, they do not answer a search.
  [[nodiscard]] std::vector<std::uint8_t> lately_lost(TimePoint now) const;
  [[nodiscard]] const Hello& last_hello(std::uint8_t address) const { return seats_[address].hello; }
  // It has this address now, and has forgotten what was half said.
  void seat(std::uint8_t address, const Hello& hello);
  [[nodiscard]] Station* find(std::uint8_t address);
  [[nodiscard]] Station* find(const Uid& uid);

  // Whose turn it is: of those that are due the first behind the one that had the last turn.
  [[nodiscard]] Station* next(TimePoint now, LoopClock::duration rare);
  [[nodiscard]] TimePoint first_due(LoopClock::duration rare) const;
  [[nodiscard]] std::uint8_t& number(std::uint8_t address) { return numbers_[address]; }

  // Nothing reaches it any more: whoever waits for its word is told.
  void lose(std::uint8_t address, TimePoint now);
  void lose_all(TimePoint now);
  // All leaves were told to forget their addresses; and of those, the ones that were not found since are
  // lost.
  void unseat_all();
  void lose_unseated(TimePoint now);

  [[nodiscard]] bool is_any_open(TimePoint now) const;
  [[nodiscard]] bool is_any_seated() const;
  [[nodiscard]] bool has_mail() const;
  [[nodiscard]] std::size_t size() const { return stations_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  // `name_of` gives what a leaf calls itself.
  void tell(LineFacts& facts, TimePoint now) const;
  void name(std::uint8_t address, std::string registration_id);

 private:
  struct Seat {
    Hello hello;  // of who had it last
    bool was_taken = false;
    Quality quality;      // of the way to that one
    TimePoint free_at{};  // its last owner has forgotten it by then
    std::string registration_id;
  };

  const std::string line_;
  LeafLink& link_;
  const std::function<void()> wake_;
  std::vector<std::unique_ptr<Station>> stations_;  // by address
  std::uint8_t last_turn_ = 0;
  std::array<std::uint8_t, 256> numbers_{};
  std::array<Seat, last_address + 1> seats_{};
  std::uint64_t lost_ = 0;
};

}  // namespace leafgate::serial

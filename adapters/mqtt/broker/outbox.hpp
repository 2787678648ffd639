#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "gateway/model/bytes.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate::broker {

// A message for a leaf.
struct Outgoing {
  std::string topic;
  Bytes payload;
  Bytes correlation;  // MQTT 5 correlation data of what it answers; empty: none
};

// What is to be sent to leaves, in the order it was given, until the broker has it. While the broker is away
// it is kept for some time and then dropped; so is the oldest when there is too much. Pure.
class Outbox {
 public:
  struct Limits {
    std::size_t messages = 1024;  // as many as there are conversations, so that a burst loses no answer
    std::size_t octets = 1024 * 1024;
    // Given to the broker and not acknowledged. Few, so that they find room in the socket: what Paho C 1.3.12
    // has not written when a connection is left, it never frees.
    std::size_t window = 8;
  };
  struct Next {
    std::uint64_t id;
    const Outgoing& message;  // until the next call
  };

  explicit Outbox(Millis hold) : Outbox(hold, Limits{}) {}
  Outbox(Millis hold, const Limits& limits) : hold_(hold), limits_(limits) {}

  void add(Outgoing message, TimePoint now);
  // What goes out next; it counts as under way from here. Nothing: none, or the window is full.
  [[nodiscard]] std::optional<Next> next();
  // The broker has it, or will not have it. False when it was not under way any more.
  bool done(std::uint64_t id);
  // The connection is lost: what was under way goes out again, first. A leaf may hear it twice.
  void put_back();
  // Drops what has waited for too long.
  void look(TimePoint now);

  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t id;
    TimePoint since;
    bool under_way;
    Outgoing message;
  };
  void drop_first();

  Millis hold_;
  Limits limits_;
  std::deque<Entry> entries_;
  std::size_t octets_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace leafgate::broker

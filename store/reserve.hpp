#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leafgate {

// What is said where there is none.
constexpr std::string_view no_room = "no room on the disk";

// A file that only takes room, so that there is some to give when the disk is full: deletes and checkpoints
// then still go through, and these are what frees the rest (reliability §7, disk full). One thread.
class Reserve {
 public:
  static constexpr std::int64_t default_size = 8 << 20;  // octets

  explicit Reserve(std::string path, std::int64_t size = default_size)
      : path_(std::move(path)), size_(size) {}

  // True when the room is held. False: there is not that much.
  bool take();
  // After it was given back: only where as much is free beside it. What it gave would else count as room, and
  // be taken and given back with every leaf.
  bool take_again();
  void give_back();

 private:
  std::string path_;
  std::int64_t size_;
};

}  // namespace leafgate

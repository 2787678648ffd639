#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace leafgate::fault {

// One thing that happened to the files of a database, in order; or an answer that somebody relied on.
struct Event {
  enum class Kind { create, write, truncate, sync, remove, ack };
  Kind kind;
  int inode = 0;
  std::int64_t offset = 0;  // write; new size of a truncate
  std::string data{};       // write
  std::string path{};       // create, remove
  int ack = 0;
  bool lost = false;  // its write-back failed: it stays in the cache and never reaches the disk
};

// A disk under a page cache, as a list of events. What a power cut leaves of it: of each file all that came
// before its last sync, and a random part of what came after, torn at 512 octets (reliability §2.2). A
// removal or a new file is durable when the file that follows under the name was synced; until then a cut may
// show the old one.
class DiskLog {
 public:
  using Files = std::map<std::string, std::string>;  // content by path

  // The first `count` events, then the power is gone.
  [[nodiscard]] Files cut(std::size_t count, std::mt19937& random) const;
  // All that reached the disk or can still reach it: the cache without what was lost.
  [[nodiscard]] std::string durable(const std::string& path) const;

  int create(const std::string& path);
  void lose_pending(int inode);                                 // a sync of it failed
  [[nodiscard]] int live_inode(const std::string& path) const;  // -1: none

  std::vector<Event> events;

 private:
  int inodes_ = 0;
};

}  // namespace leafgate::fault

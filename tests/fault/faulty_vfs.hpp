#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/model/result.hpp"
#include "tests/fault/disk_log.hpp"

namespace leafgate::fault {

enum class Op : unsigned { write = 1, sync = 2, truncate = 4, read = 8, remove = 16, open = 32 };
constexpr unsigned operator|(Op a, Op b) { return static_cast<unsigned>(a) | static_cast<unsigned>(b); }

// Which calls fail, and how. Counted are the calls that `ops` and `suffix` name.
struct Plan {
  unsigned ops = 0;
  std::string suffix{};    // of the file name; empty: any file
  std::int64_t at = 0;     // the first that fails, from 1; 0: none
  std::int64_t times = 1;  // so many in a row
  int code = 0;            // an SQLite result code
};

// An SQLite VFS over the system's that writes down what happens to the files and fails calls on purpose.
// Syncs are only written down: the page cache is the model's, and a test's own files need not survive it.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  [[nodiscard]] const std::string& name() const;

  void plan(Plan plan);              // counting begins anew
  [[nodiscard]] bool fired() const;  // a call has failed since
  void acknowledge(int ack);         // the answer of this number has been given
  [[nodiscard]] std::size_t events() const;
  [[nodiscard]] DiskLog log() const;

  // The start rule's step in the model: what can be written back is, and the cache forgets the rest.
  Result<void> forget_pages(const std::string& path);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace leafgate::fault

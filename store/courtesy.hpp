#pragma once

#include <memory>

#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/thread.hpp"

struct sqlite3;

namespace leafgate {

// How long work in the database leaves room for short: the thread that does it stands again and again behind
// those that wait for its core (runtime/thread), some 20 us apart: within statements, and between the pages
// that a commit adds to the log and a checkpoint copies from it, for which SQLite itself has no hook. Where
// leaves wait for the one core, they wait for as much instead of for the whole piece of work. Used by the
// thread of its connection.
class Courtesy {
 public:
  using StandBack = void (*)();

  // Of a database that was opened from a file, and is closed before this goes.
  explicit Courtesy(sqlite3* db);
  ~Courtesy();
  Courtesy(const Courtesy&) = delete;
  Courtesy& operator=(const Courtesy&) = delete;

  // For at most `most`: others wait for what is locked meanwhile, and strangers would say how long.
  void begin(Millis most, StandBack stand_back = let_others_go_first);
  void end();
  [[nodiscard]] bool is_shown() const;

 private:
  struct Pages;
  static int between_operations(void* courtesy);
  void show() const;

  sqlite3* const db_;
  const std::unique_ptr<Pages> of_database_;
  const std::unique_ptr<Pages> of_log_;
  StandBack stand_back_ = nullptr;
  TimePoint until_{};
};

}  // namespace leafgate

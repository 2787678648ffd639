#pragma once

#include <cstdint>
#include <utility>

#include "gateway/runtime/reply.hpp"
#include "store/enrollment_import.hpp"
#include "store/sync_rows.hpp"

namespace leafgate {

// Makes what a sync has staged count, in one small transaction: long work, so that no import is half done
// beside it, whose rows would count as well. Answers false, and does nothing, when enrollments were changed
// since `looked_at` was the generation that counts.
class SyncSwitch : public Steps {
 public:
  struct Wish {
    std::int64_t looked_at = 0;
    std::int64_t generation = 0;
    WallTime at{};
    SyncCounts counts;
  };
  SyncSwitch(Wish wish, Reply<Result<bool>> reply) : wish_(wish), reply_(std::move(reply)) {}

  [[nodiscard]] Room room() const override { return Room::needs; }
  Result<bool> step(Connection& connection) override;
  void answer(std::optional<Error> failure) override;

 private:
  Wish wish_;
  Reply<Result<bool>> reply_;
  Sweep sweep_;  // what an import left that failed must not be switched to
  bool switched_ = false;
};

}  // namespace leafgate

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "store/job.hpp"
#include "store/sealed_blob.hpp"
#include "store/writer.hpp"

namespace leafgate {

// Told while it runs. Any thread.
struct ResealCounts {
  std::atomic<std::uint64_t> renewed{0};
  std::atomic<std::uint64_t> unreadable{0};
};

// Seals every secret of the store under the newest of `keys`, some rows a step, pass after pass until one
// finds nothing to do; in the transaction of that last step the older keys are taken out. A pass begins anew
// what was interrupted: what is done is passed over. All SQL on sealed columns.
class Reseal {
 public:
  Reseal(SealingKeys keys, bool clear_allowed, std::shared_ptr<ResealCounts> counts);

  Result<bool> step(Connection& connection);  // in a transaction; true: that was the last
  // Something is under a key that is out of reach, so that key stays and there is more to do.
  [[nodiscard]] bool left_something() const { return left_something_; }

 private:
  enum class Part { enrollments, derived, registrations, counter, own_key, link_key, end };
  Result<bool> part(Connection& connection);  // true: it is done
  Result<bool> enrollments(Connection& connection);
  Result<bool> derived(Connection& connection);
  Result<bool> registrations(Connection& connection);
  Result<bool> counter(Connection& connection);
  Result<bool> one_key(Connection& connection, std::string_view read, std::string_view write,
                       const std::string& row);
  Result<void> finish(Connection& connection);
  // What must stand there instead; none: nothing.
  std::optional<std::string> renewed(const std::string& blob, const std::string& row);
  Result<void> follow_group_key(Connection& connection, const std::string& enrollment,
                                const std::string& before, const std::string& after);
  void begin_pass();

  const SealingKeys keys_;
  const bool clear_allowed_;
  std::shared_ptr<ResealCounts> counts_;
  Part part_ = Part::enrollments;
  std::int64_t row_ = 0;  // after which the next step begins
  std::string enrollment_, id_, group_key_;
  bool changed_ = false;             // in this pass
  std::set<std::int64_t> referred_;  // keys of what could not be sealed anew in this pass
  std::uint64_t unreadable_ = 0;
  bool left_something_ = false;
};

// The same between the commits of the writer.
class ResealSteps : public Steps {
 public:
  ResealSteps(SealingKeys keys, bool clear_allowed, std::shared_ptr<ResealCounts> counts,
              Reply<Result<void>> reply)
      : reseal_(std::move(keys), clear_allowed, std::move(counts)), reply_(std::move(reply)) {}

  [[nodiscard]] Room room() const override { return Room::needs; }
  Result<bool> step(Connection& connection) override { return reseal_.step(connection); }
  void answer(std::optional<Error> failure) override;

 private:
  Reseal reseal_;
  Reply<Result<void>> reply_;
};

}  // namespace leafgate

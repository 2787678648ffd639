#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "store/enrollment_rows.hpp"
#include "store/job.hpp"
#include "store/writer.hpp"

namespace leafgate {

// Deletes enrollments nobody can see, some a step. Nobody waits for it; what fails is found again at the next
// import or start by site.sweep.
class Sweep : public Steps {
 public:
  [[nodiscard]] Room room() const override { return Room::frees; }
  Result<bool> step(Connection& connection) override;
  void answer(std::optional<Error> failure) override;

 private:
  enrollment_rows::Place from_;
};

// Adds or replaces enrollments, all or none: those that differ from what is held are staged some a step under
// a generation nobody sees, then one small transaction makes that the current one. Nothing is written when
// nothing differs. Replaced rows are left to a Sweep.
class EnrollmentImport : public Steps {
 public:
  EnrollmentImport(std::vector<Enrollment> enrollments, Reply<Result<void>> reply)
      : enrollments_(std::move(enrollments)), reply_(std::move(reply)) {}

  [[nodiscard]] Room room() const override { return Room::needs; }
  Result<bool> step(Connection& connection) override;
  void answer(std::optional<Error> failure) override;

 private:
  Result<bool> begin(Connection& connection);  // true: ready to stage
  Result<void> stage_some(Connection& connection);

  std::vector<Enrollment> enrollments_;
  Reply<Result<void>> reply_;
  Sweep sweep_;                  // what an earlier import left must not be switched to
  std::int64_t generation_ = 0;  // 0: not begun
  std::size_t next_ = 0;
  bool staged_any_ = false;
};

}  // namespace leafgate

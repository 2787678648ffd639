#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/ports/enrollments.hpp"

namespace leafgate {

// Finds the individual enrollments of many leaves, asked for in order of their keys, a page at a time and
// past the ledger: a walk over all leaves must not push out of memory what storms are answered from.
class EnrollmentCursor {
 public:
  explicit EnrollmentCursor(Enrollments& enrollments) : enrollments_(enrollments) {}

  // Null when there is none. The pointer holds until the next call. Errors: the store's.
  Task<Result<const Enrollment*>> find(std::string registration_key);

 private:
  static constexpr std::size_t page = 64;
  Enrollments& enrollments_;
  std::vector<Enrollment> read_;  // in order of id
  bool at_end_ = false;           // nothing is behind them
};

}  // namespace leafgate

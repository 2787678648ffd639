#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/flows/enrollment_cursor.hpp"
#include "gateway/flows/ledger.hpp"
#include "gateway/ports/registrations.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Goes through all leaves that are stored, in order of their keys, and their individual enrollments, past the
// ledger. Of a hundred thousand it would have the first loop and the store's reader for a second in
// which every leaf that is served waits: so it takes a few at a time, and rests in proportion to what these
// took, which is longer where the machine is slow or busy. First loop only.
class LeafWalk {
 public:
  enum class Gait {
    waited_for,     // by a person: half of the time
    beside_leaves,  // by nobody: a quarter
  };
  struct Ports {
    Enrollments& enrollments;
    Registrations& registrations;
    Ledger& ledger;
  };
  // Begins behind the key `after`.
  LeafWalk(Ports ports, Gait gait, std::string after = {});

  // Null behind the last. Holds until the next call. Errors: the store's.
  Task<Result<const RegistrationRecord*>> next();
  // Of the leaf that next() gave; null when it has none. Holds until the next call. Errors: the store's.
  Task<Result<const Enrollment*>> individual();
  // From the next rest on.
  void set_gait(Gait gait) { gait_ = gait; }
  // Enrollments were exchanged since it began: what it gave belongs to two different lists.
  [[nodiscard]] bool is_torn() const { return ports_.ledger.exchanges() != exchanges_; }

 private:
  Task<Result<void>> read_page();

  Ports ports_;
  Gait gait_;
  std::string after_;
  std::uint64_t exchanges_;
  EnrollmentCursor cursor_;
  std::vector<RegistrationRecord> read_;
  std::size_t next_ = 0;  // of those
  bool at_end_ = false;   // nothing is behind them
  TimePoint page_begun_{};
};

}  // namespace leafgate

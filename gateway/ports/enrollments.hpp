#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Outward: the stored enrollments. First loop only. Errors: store_full, store_fault, stopped.
class Enrollments {
 public:
  virtual ~Enrollments() = default;

  // The individual enrollment of a registrationId (lower case).
  virtual Task<Result<std::optional<Enrollment>>> individual(std::string_view registration_key) = 0;
  // All groups, in order of id. Few (DPS allows 100 of a kind).
  virtual Task<Result<std::vector<Enrollment>>> groups() = 0;
  // In order of id, after `after` (empty: from the first), at most `limit`.
  virtual Task<Result<std::vector<Enrollment>>> list(EnrollmentKind kind, std::string after,
                                                     std::size_t limit) = 0;
  // The registrationId whose individual enrollment has this endorsement key (Enrollment::endorsement_key, the
  // same text); empty when there is none.
  virtual Task<Result<std::string>> id_of_endorsement_key(std::string key) = 0;
  // Adds or replaces all of them or none: staged in batches between other commits, then switched to at once.
  virtual Task<Result<void>> import(std::vector<Enrollment> enrollments) = 0;
  // False when there was none.
  virtual Task<Result<bool>> remove(EnrollmentKind kind, std::string id) = 0;
  virtual Task<Result<std::size_t>> count() = 0;
};

}  // namespace leafgate

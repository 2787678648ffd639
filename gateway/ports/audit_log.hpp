#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// What is kept of the audit log, and of each text so many octets.
inline constexpr std::int64_t audit_kept = 10'000;
inline constexpr std::size_t audit_text_limit = 300;

// Who asks for a change: the process at the other end of the status socket, as the kernel knows it.
struct Actor {
  std::int64_t uid = -1;  // -1: unknown
  std::int64_t pid = 0;
  std::string user;     // name of the uid; empty when it has none
  std::string because;  // why, in the operator's words; unescaped
};

// One change that was asked for.
struct AuditEntry {
  std::int64_t sequence = 0;  // given by the store: order of arrival, without gaps
  WallTime at{};
  ClockQuality clock = ClockQuality::unsynced;  // what `at` is worth
  Actor actor;
  std::string what;     // "forget", "enroll import", ...
  std::string object;   // what it was done to: a registrationId, "17 enrollments"
  std::string outcome;  // "begun" until it is known: then "done" or why not
};

struct AuditPage {
  std::vector<AuditEntry> entries;  // oldest first
  std::int64_t removed = 0;         // older ones that are not kept any more
};

// Outward: the append-only log of changes that operators asked for; bounded, the oldest go first. First loop
// only. Errors: store_fault, stopped, store_full.
class AuditLog {
 public:
  virtual ~AuditLog() = default;
  // Before the change: an entry is durable when this returns. Gives its sequence.
  virtual Task<Result<std::int64_t>> begin(AuditEntry entry) = 0;
  // After it. A crash in between leaves "begun", which is what is known then.
  virtual Task<Result<void>> conclude(std::int64_t sequence, std::string outcome) = 0;
  // Not before `since`, after `after`, at most `limit`.
  virtual Task<Result<AuditPage>> list(WallTime since, std::int64_t after, std::size_t limit) = 0;
};

}  // namespace leafgate

#pragma once

#include <string>

#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/events.hpp"

namespace leafgate {

// What operators ask for stands in the audit log before it is done, and its outcome behind it; both are told
// to the log and to whoever watches. What cannot be written there is not done. First loop only.
class Audited {
 public:
  Audited(AuditLog& log, WallClock& clock, EventSink& events) : log_(log), clock_(clock), events_(events) {}

  // Writes that it begins, does it, writes how it ended. Errors: those of the change; the log's.
  Task<Result<void>> carry(Actor who, std::string what, std::string object, Task<Result<void>> change);

 private:
  AuditLog& log_;
  WallClock& clock_;
  EventSink& events_;
};

}  // namespace leafgate

#pragma once

#include <string>
#include <string_view>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Outward: single facts the gateway keeps about itself: the hours meter and the wall-clock floor. First loop
// only. Housekeeping: call save at most every 15 minutes (semantics §4).
struct SiteState {
  PoweredTime powered{};   // hours meter
  WallTime latest_wall{};  // the highest trusted wall time seen: the floor of the next start
};

class SiteStateStore {
 public:
  virtual ~SiteStateStore() = default;
  virtual Task<Result<SiteState>> load() = 0;
  virtual Task<Result<void>> save(SiteState state) = 0;
};

// How the store is, for `status`.
struct StoreHealth {
  bool full = false;        // the last write found no room
  std::string fault;        // not empty: an I/O error or corruption was seen; the daemon is about to exit 74
  std::int64_t writes = 0;  // committed transactions since start
  std::int64_t size = 0;    // octets of the database and its log
  bool checked = false;     // quick_check of this start has passed
};

class StoreMonitor {
 public:
  virtual ~StoreMonitor() = default;
  [[nodiscard]] virtual StoreHealth health() const = 0;  // any thread
};

}  // namespace leafgate

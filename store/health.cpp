#include "store/health.hpp"

#include <sys/stat.h>

#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

// By name, never by a descriptor: closing one on the database would drop SQLite's locks.
std::int64_t size_of(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_size : 0;
}

}  // namespace

StoreHealth Health::health() const {
  StoreHealth out;
  out.full = full_;
  out.writes = writes_;
  out.checked = checked_;
  out.size = size_of(database_) + size_of(database_ + "-wal");
  if (const auto error = fault()) out.fault = error->detail;
  return out;
}

void Health::saw(const Error& error) {
  if (error.code != Errc::store_fault) return;
  {
    const std::lock_guard lock(mutex_);
    if (fault_) return;
    fault_ = error;
    faulty_ = true;
  }
  log::error("storage fault", {{"error", error.detail}});
  if (on_fault_) on_fault_(error);
}

std::optional<Error> Health::fault() const {
  if (!faulty_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return fault_;
}

}  // namespace leafgate

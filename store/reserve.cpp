#include "store/reserve.hpp"

#include <filesystem>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace leafgate {

bool Reserve::take() {
  const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool held = ::posix_fallocate(file, 0, size_) == 0;
  ::close(file);
  if (!held) give_back();
  return held;
}

bool Reserve::take_again() {
  struct statvfs system {};
  if (::statvfs(std::filesystem::path(path_).parent_path().c_str(), &system) != 0) return false;
  const auto free = static_cast<std::int64_t>(system.f_bavail) * static_cast<std::int64_t>(system.f_frsize);
  return free >= 2 * size_ && take();
}

void Reserve::give_back() { ::unlink(path_.c_str()); }

}  // namespace leafgate

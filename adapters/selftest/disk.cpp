#include "adapters/selftest/disk.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "gateway/runtime/clock.hpp"

namespace leafgate::selftest {
namespace {

constexpr int times = 3;

Error trouble(const std::string& folder) {
  const Errc code = errno == ENOSPC || errno == EDQUOT ? Errc::store_full : Errc::store_fault;
  return {code, folder + ": " + std::strerror(errno)};
}

}  // namespace

Result<DiskFacts> look_at_disk(const std::string& folder) {
  struct statvfs facts {};
  if (::statvfs(folder.c_str(), &facts) != 0) return trouble(folder);
  DiskFacts out;
  out.free = static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
  out.size = static_cast<std::int64_t>(facts.f_blocks) * static_cast<std::int64_t>(facts.f_frsize);
  const std::string file = folder + "/.check";
  ::unlink(file.c_str());
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return trouble(folder);
  ::unlink(file.c_str());  // nothing is left, whatever happens
  constexpr std::array<char, 4096> block{};
  for (int i = 0; i < times; ++i) {
    const auto begun = LoopClock::now();
    const bool written =
        ::write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size()) && ::fdatasync(fd) == 0;
    if (!written) {
      const Error why = trouble(folder);
      ::close(fd);
      return why;
    }
    const auto took = std::chrono::duration_cast<Millis>(LoopClock::now() - begun);
    out.slowest_sync = std::max(out.slowest_sync, took);
  }
  ::close(fd);
  return out;
}

}  // namespace leafgate::selftest

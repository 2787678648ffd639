#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace leafgate {

// Leaves this program no descriptor for as long as it lives, or only a few.
class DescriptorsUsedUp {
 public:
  explicit DescriptorsUsedUp(int left = 0) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit now{0, before_.rlim_max};
    if (left > 0) now.rlim_cur = free_one(left) + 1;
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~DescriptorsUsedUp() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorsUsedUp(const DescriptorsUsedUp&) = delete;
  DescriptorsUsedUp& operator=(const DescriptorsUsedUp&) = delete;

 private:
  // The number of the n-th that is free.
  static rlim_t free_one(int n) {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const rlim_t found = n > 1 ? free_one(n - 1) : static_cast<rlim_t>(fd);
    ::close(fd);
    return found;
  }

  rlimit before_{};
};

}  // namespace leafgate

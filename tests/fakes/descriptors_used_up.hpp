#pragma once

#include <sys/resource.h>

namespace leafgate {

// Leaves this program no descriptor for as long as it lives.
class DescriptorsUsedUp {
 public:
  DescriptorsUsedUp() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~DescriptorsUsedUp() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorsUsedUp(const DescriptorsUsedUp&) = delete;
  DescriptorsUsedUp& operator=(const DescriptorsUsedUp&) = delete;

 private:
  rlimit before_{};
};

}  // namespace leafgate

#include "store/reserve.hpp"

#include <fcntl.h>
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

void Reserve::give_back() { ::unlink(path_.c_str()); }

}  // namespace leafgate

#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace leafgate {

// A pair of pseudo terminals: the slave is a tty by its path, this is the other end of its line, raw. Closing
// is what unplugging is to a real port.
class Pty {
 public:
  Pty() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
    char name[64];
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0 ||
        ::ptsname_r(master_, name, sizeof(name)) != 0)
      throw std::runtime_error("no pseudo terminal");
    path_ = name;
    termios settings{};
    ::tcgetattr(master_, &settings);
    ::cfmakeraw(&settings);
    ::tcsetattr(master_, TCSANOW, &settings);
  }
  ~Pty() { close(); }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  void close() {
    if (master_ >= 0) ::close(master_);
    master_ = -1;
  }
  [[nodiscard]] int master() const { return master_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  int master_;
  std::string path_;
};

// How many descriptors this process has open.
inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace leafgate

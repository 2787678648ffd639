#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "gateway/model/result.hpp"

namespace leafgate::serial {

// The lock file of a serial device as UUCP had it and as minicom, picocom and cu keep it: LCK..ttyUSB0 in one
// folder, with the decimal number of the process that holds the device (Filesystem Hierarchy Standard 3.0,
// section 5.9: ten characters and a line feed). One whose process is gone is stale, and so is one with our
// own number: whoever runs as us holds the device's flock first.
class LockFile {
 public:
  // `device` is a path without links: /dev/ttyUSB0; what is below /dev/ in deeper folders gets '_' for '/'.
  [[nodiscard]] static std::string path_of(const std::string& folder, const std::string& device);
  // The process that holds it, 0 when it names none; nothing when nobody does.
  [[nodiscard]] static std::optional<pid_t> holder(const std::string& path);

  // Takes it, also from a process that is gone. Errors: conflict (held), refused (it cannot be written here).
  static Result<LockFile> take(std::string path);

  LockFile() = default;
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();  // gives it back

 private:
  explicit LockFile(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: holds none
};

// What to say of a device that is locked by that process.
[[nodiscard]] Error held_by(pid_t who);

}  // namespace leafgate::serial

#pragma once

#include <string>
#include <utility>

#include <unistd.h>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate {

// An open file, closed with this.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// What errno says: store_full where there is no room, else store_fault.
[[nodiscard]] Error file_error(const std::string& what, const std::string& path);

// A new, empty file, 0600, that nobody else has made; one that is there goes. Errors: store_full,
// store_fault.
Result<File> make_private_file(const std::string& path);
// All octets; not synced. Errors: store_full, store_fault.
Result<void> write_all(const File& file, ByteView octets, const std::string& path);

// Writes zeros over all of it, durably, and takes it away; a link is only taken away, a missing file is fine.
// A disk that keeps old blocks keeps these too. Errors: store_fault.
Result<void> overwrite_and_remove(const std::string& path);

}  // namespace leafgate

#pragma once

#include <utility>

#include <poll.h>
#include <unistd.h>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate::tpm {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// "what: the text of errno".
[[nodiscard]] Error system_error(const char* what);
// Waits until `events` of poll() are there; timed_out at the deadline.
Result<void> wait_for(const Descriptor& descriptor, short events, TimePoint deadline);

}  // namespace leafgate::tpm

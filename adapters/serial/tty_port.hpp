#pragma once

#include <memory>

#include "adapters/serial/byte_port.hpp"
#include "adapters/serial/descriptor.hpp"
#include "adapters/serial/lock_file.hpp"

namespace leafgate::serial {

// An open tty of this loop.
class TtyPort final : public BytePort {
 public:
  // Of an open, non-blocking descriptor; the lock file is given back after it is closed.
  TtyPort(const Executor& executor, Descriptor descriptor, LockFile lock);
  ~TtyPort() override;
  TtyPort(const TtyPort&) = delete;
  TtyPort& operator=(const TtyPort&) = delete;

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, TimePoint until) override;
  Task<Result<void>> write(ByteView octets, TimePoint until) override;
  void interrupt() override;
  void discard() override;

 private:
  struct State;
  enum class For { reading, writing };
  void arm(For what);

  LockFile lock_;
  std::shared_ptr<State> state_;
  unsigned unbroken_ = 0;  // reads since the loop last had its turn
};

}  // namespace leafgate::serial

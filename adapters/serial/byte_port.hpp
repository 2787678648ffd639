#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::serial {

// An open line as octets. Used by one coroutine of its loop, one operation at a time. Errors: unreachable
// (the device is gone).
class BytePort {
 public:
  virtual ~BytePort() = default;

  // What came, as soon as there is something; 0 when nothing has until then, or after interrupt().
  virtual Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into, TimePoint until) = 0;
  // Gives all octets to the device, which may say them later. timed_out: it took them not, or not all.
  virtual Task<Result<void>> write(ByteView octets, TimePoint until) = 0;
  // Lets read_some() return early, now or when it is called next.
  virtual void interrupt() = 0;
  // Forgets what came and was not read.
  virtual void discard() = 0;
};

// What stands at the gateway's end of a line and can be opened: a tty, in tests something else. First loop.
class Device {
 public:
  virtual ~Device() = default;

  // The port holds the device's locks and gives them back with the device when it is destroyed; before the
  // device itself is destroyed. Errors: not_found (it is not there), conflict (held by somebody else: who),
  // unsupported, refused, internal.
  virtual Result<std::unique_ptr<BytePort>> open() = 0;
  // From now on `changed` is called when the device may have come; again replaces it. Best effort: who waits
  // for the device looks by itself too.
  virtual void watch(std::function<void()> changed) = 0;
  virtual void unwatch() = 0;
};

}  // namespace leafgate::serial

#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include <tss2/tss2_tcti.h>

#include "adapters/tpm/transport.hpp"

namespace leafgate::tpm {

// What stands around a command: how long it may take, who looks on while it does, and who counts it.
struct Watch {
  std::chrono::milliseconds command_timeout{5000};
  std::chrono::milliseconds slow_timeout{30'000};  // makes a primary key: an RSA key takes seconds on a chip
  // How often look_up is called while a command is under way. It says until when that command may go on at
  // most: now or earlier ends it.
  std::chrono::milliseconds slice{50};
  std::function<TimePoint()> look_up;
  std::atomic<std::uint64_t>* commands = nullptr;  // sent since start
};

// The way of tpm2-tss to a Transport, with a deadline for each command. One thread, and it outlives the
// ESYS context made over it.
class Tcti {
 public:
  Tcti(std::unique_ptr<Transport> transport, Watch watch);
  Tcti(const Tcti&) = delete;
  Tcti& operator=(const Tcti&) = delete;

  [[nodiscard]] TSS2_TCTI_CONTEXT* context() { return reinterpret_cast<TSS2_TCTI_CONTEXT*>(&shape_); }
  // Why the last command failed on the way; tpm2-tss has one code for all of it.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  // A command and its response past ESYS: for handles it does not know.
  Result<Bytes> exchange(ByteView command);

 private:
  // What tpm2-tss sees of it: its table of functions, and the way back to us.
  struct Shape {
    TSS2_TCTI_CONTEXT_COMMON_V1 common{};
    Tcti* self = nullptr;
  };

  static Tcti& of(TSS2_TCTI_CONTEXT* context) { return *reinterpret_cast<Shape*>(context)->self; }
  static TSS2_RC transmit(TSS2_TCTI_CONTEXT* context, std::size_t size, const std::uint8_t* command);
  static TSS2_RC receive(TSS2_TCTI_CONTEXT* context, std::size_t* size, std::uint8_t* response,
                         std::int32_t timeout);
  Result<void> send(ByteView command);
  Result<Bytes> await_response();
  TSS2_RC failed(const Error& error);

  Shape shape_;
  std::unique_ptr<Transport> transport_;
  Watch watch_;
  TimePoint deadline_{};
  Bytes response_;  // came and was not fetched yet
  std::optional<Error> failure_;
};

}  // namespace leafgate::tpm

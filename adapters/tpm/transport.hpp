#pragma once

#include <functional>
#include <memory>

#include "adapters/tpm/tcti_address.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate::tpm {

inline constexpr std::size_t header_size = 10;      // tag, size, code: of commands and of responses
inline constexpr std::size_t largest_frame = 4096;  // either way; TPM2_MAX_COMMAND_SIZE

// Carries one command to a TPM and its response back. One thread. After an error other than a timed_out of
// receive() it is good for nothing but to be dropped. Errors: unreachable, timed_out, implausible (a frame
// that is none).
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<void> send(ByteView command, TimePoint deadline) = 0;
  // timed_out leaves the command under way: it may be asked again.
  virtual Result<Bytes> receive(TimePoint deadline) = 0;
};

using TransportMaker = std::function<Result<std::unique_ptr<Transport>>()>;

// The transport of an address. A socket is connected for each command, because an emulator serves one
// connection at a time and others may need it too; a device is opened at once. Errors: unreachable.
Result<std::unique_ptr<Transport>> open_transport(const TctiAddress& address);

// The size that the head of a frame names; 0 where that is no size a frame can have.
[[nodiscard]] std::size_t framed_size(ByteView head);

}  // namespace leafgate::tpm

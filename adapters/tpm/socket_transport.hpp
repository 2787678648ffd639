#pragma once

#include "adapters/tpm/descriptor.hpp"
#include "adapters/tpm/transport.hpp"

namespace leafgate::tpm {

// An emulator behind a socket: connects, sends, receives and closes for each command.
class SocketTransport final : public Transport {
 public:
  explicit SocketTransport(TctiAddress address) : address_(std::move(address)) {}

  Result<void> send(ByteView command, TimePoint deadline) override;
  Result<Bytes> receive(TimePoint deadline) override;

 private:
  Result<Descriptor> connect(TimePoint deadline) const;
  Result<void> read_up_to(std::size_t size, TimePoint deadline);

  TctiAddress address_;
  Descriptor socket_;
  Bytes response_;  // what came of it
};

}  // namespace leafgate::tpm

#include "adapters/tpm/transport.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <fcntl.h>

#include "adapters/tpm/descriptor.hpp"
#include "adapters/tpm/socket_transport.hpp"

namespace leafgate::tpm {

Error system_error(const char* what) {
  return {Errc::unreachable, std::string(what) + ": " + std::generic_category().message(errno)};
}

Result<void> wait_for(const Descriptor& descriptor, short events, TimePoint deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - LoopClock::now()).count();
    pollfd waiting{descriptor.get(), events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return system_error("poll");
    if (LoopClock::now() >= deadline) return Error(Errc::timed_out, "the TPM does not answer");
  }
}

std::size_t framed_size(ByteView head) {
  if (head.size() < header_size) return 0;
  const std::size_t size = std::size_t{head[2]} << 24 | std::size_t{head[3]} << 16 |
                           std::size_t{head[4]} << 8 | std::size_t{head[5]};
  return size >= header_size && size <= largest_frame ? size : 0;
}

namespace {

// The kernel's resource manager. Opened so that the kernel works on a command while we wait with a deadline:
// without O_NONBLOCK its write() returns when the TPM is done.
class DeviceTransport final : public Transport {
 public:
  explicit DeviceTransport(Descriptor device) : device_(std::move(device)) {}

  Result<void> send(ByteView command, TimePoint deadline) override {
    if (auto ready = wait_for(device_, POLLOUT, deadline); !ready) return ready.error();
    const ssize_t written = ::write(device_.get(), command.data(), command.size());
    if (written < 0) return system_error("write");
    if (static_cast<std::size_t>(written) != command.size())
      return Error(Errc::unreachable, "the device took half a command");
    return {};
  }

  Result<Bytes> receive(TimePoint deadline) override {
    if (auto ready = wait_for(device_, POLLIN, deadline); !ready) return ready.error();
    Bytes response(largest_frame);
    const ssize_t got = ::read(device_.get(), response.data(), response.size());
    if (got < 0) return system_error("read");
    response.resize(static_cast<std::size_t>(got));
    if (response.empty()) return Error(Errc::unreachable, "the device has no answer");
    if (framed_size(response) != response.size()) return Error(Errc::implausible, "not a response of a TPM");
    return response;
  }

 private:
  Descriptor device_;
};

}  // namespace

Result<std::unique_ptr<Transport>> open_transport(const TctiAddress& address) {
  if (address.kind != TctiAddress::Kind::device) {
    std::unique_ptr<Transport> made = std::make_unique<SocketTransport>(address);
    return made;
  }
  Descriptor device(::open(address.path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!device.is_open()) return system_error(address.path.c_str());
  std::unique_ptr<Transport> made = std::make_unique<DeviceTransport>(std::move(device));
  return made;
}

}  // namespace leafgate::tpm

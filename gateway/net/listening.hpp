#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/net/stream.hpp"

struct sockaddr;

namespace leafgate::net {

// A descriptor that is closed with its owner.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int descriptor = -1) : descriptor_(descriptor) {}
  ~OwnedDescriptor();
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : descriptor_(other.release()) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept;

  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] int release();

 private:
  int descriptor_;
};

// "0.0.0.0:8883", "[::]:443"; port 0 lets the kernel choose. Errors: malformed.
struct ListenAddress {
  std::string ip;
  std::uint16_t port = 0;
};
Result<ListenAddress> parse_listen_address(std::string_view text);

struct ListenOptions {
  int backlog = 4096;       // connections not accepted yet; the kernel has its own ceiling (somaxconn)
  Seconds defer_accept{5};  // the kernel keeps who says nothing from us for so long; 0 is not at all
};

// A listening, non-blocking TCP socket for this address: a copy of the one of `inherited` (from systemd) that
// is bound to it, else one bound here. An inherited [::] that takes IPv4 too serves for 0.0.0.0. Errors say
// the address and what to do: malformed; in_use (somebody else listens there); refused (a port below 1024
// without systemd's help); unsupported (no such addresses on this machine); internal.
Result<OwnedDescriptor> open_listening(std::string_view address, std::span<const int> inherited,
                                       const ListenOptions& options = {});

// Whoever comes to a socket of `inherited` that open_listening() takes for none of `addresses` waits for
// ever: the kernel accepts, and nobody answers. Each with the address it is bound to, or what else is told of
// it.
struct UnusedSocket {
  int descriptor;
  std::string name;
};
[[nodiscard]] std::vector<UnusedSocket> unused_sockets(std::span<const int> inherited,
                                                       std::span<const std::string> addresses);

// The port a socket is bound to, 0 when it has none.
[[nodiscard]] std::uint16_t bound_port(int descriptor);

// Address and port of an accepted connection; an IPv4 address in IPv6 clothes is told as IPv4.
[[nodiscard]] PeerInfo peer_of(const sockaddr& address);
// What sockets of one source share: its IPv4 address, or its IPv6 /64.
[[nodiscard]] std::uint64_t source_of(const sockaddr& address);
// The same of an address as peer_of() tells it; nothing for what is none.
[[nodiscard]] std::optional<std::uint64_t> source_of(std::string_view address);

}  // namespace leafgate::net

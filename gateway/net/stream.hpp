#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::crypto {
struct CertificateChain;
}

namespace leafgate::net {

// A connection as a session sees it: octets in order, one deadline, an end. Implemented by TlsSocket, by an
// upgraded WebSocket, and by MemoryStream in virtual time. Used on its own loop only; one read and one write
// at a time. Errors: timed_out (the deadline passed; sticky and terminal), unreachable (the peer went away or
// broke TLS), stopped (the daemon stops).
class Stream {
 public:
  virtual ~Stream() = default;

  // At least one octet, or 0 at the peer's orderly end.
  virtual Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into) = 0;
  // All octets, in one TLS record where they fit (16 KiB).
  virtual Task<Result<void>> write(ByteView octets) = 0;
  // Sets the moment after which every operation, also a pending one, fails with timed_out. A store, no timer.
  virtual void expires_at(TimePoint when) = 0;
  // What a session tells of its peer, once it knows; neither may be called after serve() returned. Until then
  // the peer holds one of the places at the door, for which others may wait. An implementation that wraps
  // another stream hands both on.
  // The peer has proved who it is, and its answer is written.
  virtual void authenticated() {}
  // Its proof is pending, at the service or until its next poll: others may begin, but it still counts among
  // the unproven of its source.
  virtual void proof_pending() {}
  // Says goodbye without waiting for the peer's: close_notify and half-close. No write may follow.
  virtual void close() = 0;
};

// Where a connection came from and what its handshake told.
struct PeerInfo {
  std::string address;  // numeric, without port
  std::uint16_t port = 0;
  std::uint16_t local_port = 0;  // ours, which it came to
  std::string server_name;       // SNI, lower case; empty when none was sent
  // What it showed in the handshake, which proved its key; judged by nobody yet. Null: it showed none.
  std::shared_ptr<const crypto::CertificateChain> chain;
};

// Takes a connection on after its handshake: one per protocol. The frame of serve() owns the stream's life:
// it must not be used after serve() returns.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  virtual Task<void> serve(Stream& stream, PeerInfo peer) = 0;
};

}  // namespace leafgate::net

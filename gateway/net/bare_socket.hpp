#pragma once

#include <optional>
#include <string>

#include "gateway/net/deadlines.hpp"
#include "gateway/net/gate.hpp"
#include "gateway/net/socket.hpp"
#include "gateway/net/stream.hpp"

namespace leafgate::net {

// One end of a connection that is passed on without TLS of ours: the octets of a connected socket, as they
// are. Thousands may be held at once, so it keeps no buffer and no coroutine of its own. Asks the kernel to
// find out about a TCP peer that went away without a word, or takes nothing any more. Lives on the loop of
// its socket and of `deadlines`, in the frame that uses it.
class BareSocket final : public Stream, private Expiring {
 public:
  // `prefix` are octets that were already read from the socket: they are given first.
  BareSocket(Socket socket, Deadlines& deadlines, std::string prefix = {});
  BareSocket(const BareSocket&) = delete;
  BareSocket& operator=(const BareSocket&) = delete;

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override;
  Task<Result<void>> write(ByteView octets) override;
  void expires_at(TimePoint when) override { set_deadline(when); }
  void close() override;
  // Reads and drops until the peer's end, a failure or the deadline, so that no reset eats what it did not
  // read yet.
  Task<void> linger();

  // Keeps one of the number that its source may have unproven, until the session knows its peer or ends.
  void hold(Gate::Slot slot) { slot_ = std::move(slot); }
  void authenticated() override { slot_.reset(); }

  void expire(Errc why) override;

 private:
  std::size_t take_prefix(std::span<std::uint8_t> into);
  [[nodiscard]] bool over();  // the deadline passed, or this program stops
  [[nodiscard]] Error error() const;
  Task<void> wait_for(Socket::wait_type what);
  Task<void> breathe();

  Socket socket_;
  std::string prefix_;
  std::size_t taken_ = 0;  // of prefix_
  std::optional<Gate::Slot> slot_;
  std::optional<Errc> expired_;
  unsigned unbroken_ = 0;  // reads since the loop last had its turn
};

}  // namespace leafgate::net

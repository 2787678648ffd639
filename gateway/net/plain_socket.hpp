#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/net/socket.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {

// A connected stream socket without TLS: Unix or TCP. For the status socket, its client, and tests; leaves
// come through TlsSocket. Destroy it on its loop when no operation is under way.
class PlainSocket final : public Stream {
 public:
  explicit PlainSocket(Socket socket);
  ~PlainSocket() override;
  PlainSocket(const PlainSocket&) = delete;
  PlainSocket& operator=(const PlainSocket&) = delete;

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override;
  Task<Result<void>> write(ByteView octets) override;
  void expires_at(TimePoint when) override;
  void close() override;

  // Ends every operation, also a pending one, with `stopped`. Terminal.
  void stop();
  // Gives the connection to somebody else; nothing may be under way, nor follow here.
  [[nodiscard]] Socket release();
  [[nodiscard]] int descriptor() { return state_->socket.native_handle(); }

 private:
  // Shared with the guard that watches the deadline, which may outlive the socket by one turn of the loop.
  struct State {
    explicit State(Socket s) : socket(std::move(s)), wakeup(socket.get_executor()) {}
    Socket socket;
    Wakeup wakeup;
    TimePoint deadline = TimePoint::max();
    TimePoint watched = TimePoint::max();  // what the guard sleeps toward
    bool guarded = false;
    bool expired = false;
    bool stopped = false;
    bool gone = false;
  };
  static Task<void> guard(std::shared_ptr<State> state);
  [[nodiscard]] std::optional<Error> ended();

  std::shared_ptr<State> state_;
};

// Connects to a listening Unix socket. Errors: unreachable (nobody listens, no such file), refused (no
// permission), too_large (the path is longer than the kernel takes).
Result<std::unique_ptr<PlainSocket>> connect_unix(Executor executor, const std::string& path);

}  // namespace leafgate::net

#include "gateway/net/plain_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace leafgate::net {
namespace asio = boost::asio;
using boost::system::error_code;

PlainSocket::PlainSocket(Socket socket) : state_(std::make_shared<State>(std::move(socket))) {}

PlainSocket::~PlainSocket() {
  state_->gone = true;
  error_code ignored;
  state_->socket.close(ignored);
  if (state_->guarded) state_->wakeup.notify();
}

Socket PlainSocket::release() {
  state_->gone = true;  // the guard touches nothing any more
  return std::move(state_->socket);
}

std::optional<Error> PlainSocket::ended() {
  if (state_->stopped) return Error(Errc::stopped, "stopped");
  if (LoopClock::now() >= state_->deadline) state_->expired = true;
  if (state_->expired) return Error(Errc::timed_out, "the deadline of the connection has passed");
  return std::nullopt;
}

Task<Result<std::size_t>> PlainSocket::read_some(std::span<std::uint8_t> into) {
  if (auto error = ended()) co_return std::move(*error);
  error_code failure;
  const auto buffer = asio::buffer(into.data(), into.size());
  const std::size_t got =
      co_await state_->socket.async_read_some(buffer, asio::redirect_error(use_task, failure));
  if (failure == asio::error::eof) co_return std::size_t{0};
  if (failure) {
    if (auto error = ended()) co_return std::move(*error);
    co_return Error(Errc::unreachable, "reading: " + failure.message());
  }
  co_return got;
}

Task<Result<void>> PlainSocket::write(ByteView octets) {
  if (auto error = ended()) co_return std::move(*error);
  error_code failure;
  const auto buffer = asio::buffer(octets.data(), octets.size());
  co_await asio::async_write(state_->socket, buffer, asio::redirect_error(use_task, failure));
  if (failure) {
    if (auto error = ended()) co_return std::move(*error);
    co_return Error(Errc::unreachable, "writing: " + failure.message());
  }
  co_return Result<void>();
}

void PlainSocket::expires_at(TimePoint when) {
  state_->deadline = when;
  if (when >= state_->watched) return;  // the guard wakes before that and looks again
  if (!state_->guarded) {
    state_->guarded = true;
    state_->watched = when;
    spawn(state_->socket.get_executor(), guard(state_));
    return;
  }
  state_->wakeup.notify();
}

Task<void> PlainSocket::guard(std::shared_ptr<State> state) {
  while (!state->gone && !state->expired) {
    state->watched = state->deadline;
    co_await state->wakeup.wait_until(state->watched);
    if (LoopClock::now() < state->deadline || state->gone) continue;
    state->expired = true;
    error_code ignored;
    state->socket.cancel(ignored);
  }
}

void PlainSocket::close() {
  error_code ignored;
  state_->socket.shutdown(Socket::shutdown_send, ignored);
}

void PlainSocket::stop() {
  state_->stopped = true;
  error_code ignored;
  state_->socket.cancel(ignored);
}

Result<std::unique_ptr<PlainSocket>> connect_unix(Executor executor, const std::string& path) {
  using Local = asio::local::stream_protocol;
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return Error(Errc::too_large, path + ": longer than a Unix socket's path may be");
  asio::basic_stream_socket<Local, Executor> socket(executor);
  error_code failure;
  socket.connect(Local::endpoint(path), failure);
  if (failure == asio::error::access_denied) return Error(Errc::refused, path + ": " + failure.message());
  if (failure) return Error(Errc::unreachable, path + ": " + failure.message());
  return std::make_unique<PlainSocket>(Socket(std::move(socket)));
}

}  // namespace leafgate::net

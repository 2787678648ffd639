#include "gateway/net/bare_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <boost/asio/redirect_error.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace leafgate::net {
namespace asio = boost::asio;
namespace {

constexpr unsigned reads_in_a_row = 32;  // then the other sessions of the loop get their turn
constexpr std::size_t linger_gulp = 2048;
// Seconds of silence until the peer is asked whether it lives, between questions, and how many go unanswered.
constexpr int idle_before_asking = 60;
constexpr int between_questions = 15;
constexpr int questions = 4;
// Milliseconds that what was sent may stay untaken. Without a bound a peer that answers the kernel and reads
// nothing could hold a tunnel for ever, and one that went in the middle for a quarter of an hour.
constexpr int longest_untaken = (idle_before_asking + questions * between_questions) * 1000;

// In vain on what is not TCP.
void ask_whether_peer_lives(int descriptor) {
  constexpr int on = 1;
  (void)::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle_before_asking, sizeof(int));
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &between_questions, sizeof(int));
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &questions, sizeof(int));
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &longest_untaken, sizeof(int));
}

bool would_block(int why) { return why == EAGAIN || why == EWOULDBLOCK || why == EINTR; }

Error gone(const char* doing, int why) {
  return {Errc::unreachable, std::string(doing) + ": " + std::generic_category().message(why)};
}

}  // namespace

BareSocket::BareSocket(Socket socket, Deadlines& deadlines, std::string prefix)
    : socket_(std::move(socket)), prefix_(std::move(prefix)) {
  ask_whether_peer_lives(socket_.native_handle());
  deadlines.add(*this);
}

bool BareSocket::over() {
  if (!expired_ && LoopClock::now() >= deadline()) expire(Errc::timed_out);
  return expired_.has_value();
}

void BareSocket::expire(Errc why) {
  if (expired_) return;
  expired_ = why;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

Error BareSocket::error() const {
  return {*expired_, *expired_ == Errc::stopped ? "stopping" : "deadline passed"};
}

std::size_t BareSocket::take_prefix(std::span<std::uint8_t> into) {
  const auto part = as_bytes(prefix_).subspan(taken_).first(std::min(into.size(), prefix_.size() - taken_));
  std::copy(part.begin(), part.end(), into.begin());
  taken_ += part.size();
  if (taken_ == prefix_.size()) {
    prefix_ = std::string();
    taken_ = 0;
  }
  return part.size();
}

Task<void> BareSocket::wait_for(Socket::wait_type what) {
  unbroken_ = 0;
  boost::system::error_code ignored;  // the next try says what is wrong
  co_await socket_.async_wait(what, asio::redirect_error(use_task, ignored));
}

// A peer whose octets are always there would keep the loop for itself.
Task<void> BareSocket::breathe() {
  if (++unbroken_ < reads_in_a_row) co_return;
  unbroken_ = 0;
  co_await asio::post(socket_.get_executor(), use_task);
}

Task<Result<std::size_t>> BareSocket::read_some(std::span<std::uint8_t> into) {
  if (into.empty()) co_return std::size_t{0};
  co_await breathe();
  for (;;) {
    if (over()) co_return error();
    if (!prefix_.empty()) co_return take_prefix(into);
    const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (got >= 0) co_return static_cast<std::size_t>(got);
    const int why = errno;
    if (!would_block(why)) co_return gone("reading", why);
    co_await wait_for(Socket::wait_read);
  }
}

Task<Result<void>> BareSocket::write(ByteView octets) {
  while (!octets.empty()) {
    if (over()) co_return error();
    const ssize_t sent =
        ::send(socket_.native_handle(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    const int why = errno;
    if (sent >= 0) {
      octets = octets.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (!would_block(why)) co_return gone("writing", why);
    co_await wait_for(Socket::wait_write);
  }
  co_return Result<void>();
}

void BareSocket::close() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

Task<void> BareSocket::linger() {
  Bytes scratch(linger_gulp);
  for (;;) {
    const auto count = co_await read_some(scratch);
    if (!count || *count == 0) co_return;
  }
}

}  // namespace leafgate::net

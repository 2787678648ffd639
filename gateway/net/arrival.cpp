#include "gateway/net/arrival.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <boost/asio/redirect_error.hpp>
#include <sys/socket.h>

#include "gateway/net/first_words.hpp"

namespace leafgate::net {

using State = ClientHello::State;

Task<void> Arrival::read_hello(std::size_t limit) {
  while (!expired_ && !step(limit)) {
    boost::system::error_code failure;
    co_await socket.async_wait(Socket::wait_read, boost::asio::redirect_error(use_task, failure));
    if (failure && !expired_) ended_ = true;
    if (failure) co_return;
  }
}

// Takes what is there and judges it. True when nothing more has to be waited for.
bool Arrival::step(std::size_t limit) {
  std::array<char, 4096> scratch;
  for (;;) {
    const auto room = std::min(scratch.size(), limit - octets.size());
    const ssize_t got = ::recv(socket.native_handle(), scratch.data(), room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return false;
    if (got <= 0) {
      ended_ = true;
      return true;
    }
    octets.append(scratch.data(), static_cast<std::size_t>(got));
    if (octets.size() < hello.need) continue;
    hello = parse_client_hello(as_bytes(octets), limit);
    if (hello.state != State::more) return true;
  }
}

std::optional<Arrival::Failure> Arrival::failure(std::size_t limit) const {
  switch (hello.state) {
    case State::complete:
      return std::nullopt;
    case State::not_tls:
      return Failure{DoorFailure::not_tls, first_words(as_bytes(octets)) + " without TLS"};
    case State::malformed:
      return Failure{DoorFailure::hello_malformed, "no readable ClientHello"};
    case State::too_large:
      return Failure{DoorFailure::hello_malformed,
                     "ClientHello longer than " + std::to_string(limit) + " octets"};
    case State::more:
      break;
  }
  if (expired_ == Errc::stopped) return std::nullopt;
  if (octets.empty() && ended_) return Failure{DoorFailure::silent, "closed without a word"};
  if (!ended_) {
    const char* said = octets.empty() ? "said nothing" : "sent only part of a ClientHello";
    return Failure{DoorFailure::silent, said, Penalties::Kind::timeout};
  }
  return Failure{DoorFailure::hello_malformed, "ended within the ClientHello"};
}

bool Arrival::is_gone() {
  char octet = 0;
  const ssize_t got = ::recv(socket.native_handle(), &octet, 1, MSG_DONTWAIT | MSG_PEEK);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Arrival::expire(Errc why) {
  if (expired_) return;
  expired_ = why;
  boost::system::error_code ignored;
  socket.cancel(ignored);
}

}  // namespace leafgate::net

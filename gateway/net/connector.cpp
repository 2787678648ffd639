#include "gateway/net/connector.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "gateway/net/http_client.hpp"
#include "gateway/net/plain_socket.hpp"
#include "gateway/net/tls_socket.hpp"

namespace leafgate::net {
namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

// One address being dialled.
struct Connector::Attempt final : Expiring {
  explicit Attempt(const Executor& executor) : socket(executor) {}
  void expire(Errc why) override {
    if (expired) return;
    expired = why;
    boost::system::error_code ignored;
    socket.close(ignored);
  }
  Socket socket;
  std::optional<Errc> expired;
};

// A talk with the proxy, which keeps its own deadline; this one is for the stop.
struct Connector::Dialogue final : Expiring {
  explicit Dialogue(Socket socket) : stream(std::move(socket)) {}
  void expire(Errc why) override {
    if (why == Errc::stopped) stream.stop();
  }
  PlainSocket stream;
};

namespace {

// Brackets for an IPv6 address (RFC 3986 §3.2.2).
std::string authority_of(const Target& target) {
  const bool v6 = target.host.find(':') != std::string::npos;
  return (v6 ? "[" + target.host + "]" : target.host) + ":" + std::to_string(target.port);
}

// What goes wrong with the proxy is not the service's doing.
Error by_proxy(const std::string& proxy, const Error& error) {
  if (error.code == Errc::stopped) return error;
  const Errc code = error.code == Errc::own_address ? error.code : Errc::proxy_failed;
  return {code, "proxy " + proxy + ": " + error.detail};
}

}  // namespace

Connector::Connector(const Executor& executor, std::shared_ptr<crypto::TlsContext> context,
                     NameLookup::Resolve resolve)
    : executor_(executor),
      context_(std::move(context)),
      names_(executor, std::move(resolve)),
      deadlines_(executor) {}

void Connector::stop() {
  stopped_ = true;
  deadlines_.expire_all(Errc::stopped);
}

Task<Result<Socket>> Connector::connect_tcp(std::string host, std::uint16_t port, TimePoint deadline) {
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  auto found = co_await names_.find(host, deadline, deadlines_);
  if (!found) co_return found.error();
  std::string tried;
  bool own = false;
  auto left = static_cast<std::int64_t>(found->size());
  for (const auto& address : *found) {
    if (stopped_) co_return Error(Errc::stopped, "stopping");
    const Tcp::endpoint endpoint(address, port);
    const TimePoint now = LoopClock::now();
    if (now >= deadline) break;
    if (!tried.empty()) tried += "; ";
    tried += address.to_string() + " port " + std::to_string(port) + ": ";
    if (own_.listens_at(endpoint)) {
      own = true;
      --left;
      tried += "is this gateway itself";
      continue;
    }
    Attempt attempt(executor_);
    // An address that swallows everything must not eat the time of the ones after it.
    attempt.set_deadline(now + (deadline - now) / left--);
    deadlines_.add(attempt);
    boost::system::error_code failure;
    co_await attempt.socket.async_connect(endpoint, asio::redirect_error(use_task, failure));
    if (!failure && !attempt.expired) {
      constexpr int on = 1;
      (void)::setsockopt(attempt.socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      co_return std::move(attempt.socket);
    }
    if (attempt.expired) {
      tried += "no answer";
    } else {
      tried += failure.message();
      if (failure == asio::error::connection_refused && is_own_interface(address)) {
        own = true;
        tried += ", and that is an address of this gateway";
      }
    }
  }
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  if (own) co_return Error(Errc::own_address, host + ": " + tried);
  if (LoopClock::now() >= deadline) co_return Error(Errc::timed_out, host + ": " + tried);
  co_return Error(Errc::unreachable, host + ": " + tried);
}

Task<Result<Connector::Opened>> Connector::open(const Target& target, TimePoint deadline) {
  if (proxy_) co_return co_await open_by_proxy(target, deadline);
  auto socket = co_await connect_tcp(target.host, target.port, deadline);
  if (!socket) co_return socket.error();
  co_return Opened(std::move(*socket));
}

Task<Result<Connector::Opened>> Connector::open_by_proxy(const Target& target, TimePoint deadline) {
  const std::string name = proxy_->host + ":" + std::to_string(proxy_->port);
  auto socket = co_await connect_tcp(proxy_->host, proxy_->port, deadline);
  if (!socket) co_return by_proxy(name, socket.error());
  Dialogue dialogue(std::move(*socket));
  dialogue.stream.expires_at(deadline);
  deadlines_.add(dialogue);
  auto unread = co_await net::open_by_proxy(dialogue.stream, authority_of(target), proxy_->credentials);
  if (!unread) co_return by_proxy(name, unread.error());
  Opened opened(dialogue.stream.release());
  opened.unread = std::move(*unread);
  co_return std::move(opened);
}

Task<Result<std::unique_ptr<Stream>>> Connector::connect(Target target, TimePoint deadline) {
  auto opened = co_await open(target, deadline);
  if (!opened) co_return opened.error();
  auto tls = std::make_unique<TlsSocket>(std::move(opened->socket), context_, TlsSocket::Role::client,
                                         deadlines_, std::move(opened->unread));
  if (target.server_name.empty()) target.server_name = target.host;
  tls->expect(target.server_name);
  tls->expires_at(deadline);
  if (stopped_) tls->expire(Errc::stopped);
  const auto shaken = co_await tls->handshake();
  if (!shaken) {
    co_return Error(shaken.error().code, target.server_name + ": TLS: " + shaken.error().detail);
  }
  co_return std::unique_ptr<Stream>(std::move(tls));
}

}  // namespace leafgate::net

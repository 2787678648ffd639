#include "gateway/net/connector.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "gateway/net/bare_socket.hpp"
#include "gateway/net/http_client.hpp"
#include "gateway/net/plain_socket.hpp"

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

// Why an address is not connected to.
struct Barrier {
  Errc code;
  const char* why;
};

std::optional<Barrier> barrier(const OwnAddresses& own, const Tcp::endpoint& there, Reach reach) {
  if (own.listens_at(there)) return Barrier{Errc::own_address, "is this gateway itself"};
  if (reach != Reach::elsewhere) return std::nullopt;
  switch (place_of(there.address())) {
    case Place::here:
      return Barrier{Errc::own_address, "is an address of this machine"};
    case Place::not_routed:
      return Barrier{Errc::implausible, "is not an address of one machine elsewhere"};
    case Place::elsewhere:
      break;
  }
  return std::nullopt;
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

Task<Result<Socket>> Connector::connect_tcp(std::string host, std::uint16_t port, Reach reach,
                                            TimePoint deadline) {
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  auto found = co_await names_.find(host, deadline, deadlines_);
  if (!found) co_return found.error();
  std::string tried;
  std::optional<Errc> barred;
  auto left = static_cast<std::int64_t>(found->size());
  for (const auto& address : *found) {
    if (stopped_) co_return Error(Errc::stopped, "stopping");
    const Tcp::endpoint endpoint(address, port);
    const TimePoint now = LoopClock::now();
    if (now >= deadline) break;
    if (!tried.empty()) tried += "; ";
    tried += address.to_string() + " port " + std::to_string(port) + ": ";
    if (const auto bar = barrier(own_, endpoint, reach)) {
      if (barred != Errc::own_address) barred = bar->code;
      --left;
      tried += bar->why;
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
        barred = Errc::own_address;
        tried += ", and that is an address of this gateway";
      }
    }
  }
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  if (barred) co_return Error(*barred, host + ": " + tried);
  if (LoopClock::now() >= deadline) co_return Error(Errc::timed_out, host + ": " + tried);
  co_return Error(Errc::unreachable, host + ": " + tried);
}

Task<Result<Connector::Opened>> Connector::open(const Target& target, Reach reach, TimePoint deadline) {
  if (barred_ && reach != Reach::direct) co_return *barred_;
  if (proxy_ && reach != Reach::direct) co_return co_await open_by_proxy(target, deadline);
  auto socket = co_await connect_tcp(target.host, target.port, reach, deadline);
  if (!socket) co_return socket.error();
  co_return Opened(std::move(*socket));
}

Task<Result<Connector::Opened>> Connector::open_by_proxy(const Target& target, TimePoint deadline) {
  const std::string name = proxy_->host + ":" + std::to_string(proxy_->port);
  auto socket = co_await connect_tcp(proxy_->host, proxy_->port, Reach::direct, deadline);
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
  return connect(std::move(target), deadline, Delegation());
}

Task<Result<std::unique_ptr<Stream>>> Connector::connect(Target target, TimePoint deadline,
                                                         Delegation delegation) {
  auto opened = co_await open(target, Reach::anywhere, deadline);
  if (!opened) co_return opened.error();
  auto tls = std::make_unique<TlsSocket>(std::move(opened->socket), context_, TlsSocket::Role::client,
                                         deadlines_, std::move(opened->unread));
  if (target.server_name.empty()) target.server_name = target.host;
  tls->expect(target.server_name);
  tls->expires_at(deadline);
  if (delegation.key) tls->delegate(std::move(delegation));
  if (stopped_) tls->expire(Errc::stopped);
  const auto shaken = co_await tls->handshake();
  if (!shaken) {
    co_return Error(shaken.error().code, target.server_name + ": TLS: " + shaken.error().detail);
  }
  co_return std::unique_ptr<Stream>(std::move(tls));
}

Task<Result<std::unique_ptr<Stream>>> Connector::dial(Target target, Reach reach, TimePoint deadline) {
  auto opened = co_await open(target, reach, deadline);
  if (!opened) co_return opened.error();
  auto bare = std::make_unique<BareSocket>(std::move(opened->socket), deadlines_, std::move(opened->unread));
  bare->expires_at(deadline);
  if (stopped_) bare->expire(Errc::stopped);
  co_return std::unique_ptr<Stream>(std::move(bare));
}

}  // namespace leafgate::net

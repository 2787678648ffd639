#include "gateway/net/connector.hpp"

#include <algorithm>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "gateway/net/tls_socket.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {
namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

// getaddrinfo cannot be interrupted: it runs on the resolver's thread, and whoever waits for it may go first.
struct Connector::Lookup final : Expiring {
  explicit Lookup(const Executor& executor) : resolver(executor), done(executor) {}
  void expire(Errc why) override {
    if (expired) return;
    expired = why;
    done.notify();
  }
  asio::ip::basic_resolver<Tcp, Executor> resolver;
  Wakeup done;
  boost::system::error_code failure;
  Tcp::resolver::results_type found;
  std::optional<Errc> expired;
};

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

Connector::Connector(const Executor& executor, std::shared_ptr<crypto::TlsContext> context)
    : executor_(executor), context_(std::move(context)), deadlines_(executor) {}

void Connector::stop() {
  stopped_ = true;
  deadlines_.expire_all(Errc::stopped);
}

Task<Result<std::shared_ptr<Connector::Lookup>>> Connector::look_up(std::string host, std::uint16_t port,
                                                                    TimePoint deadline) {
  auto lookup = std::make_shared<Lookup>(executor_);
  const auto keep = [lookup](boost::system::error_code failure, Tcp::resolver::results_type found) {
    lookup->failure = failure;
    lookup->found = std::move(found);
    lookup->done.notify();
  };
  lookup->resolver.async_resolve(host, std::to_string(port), Tcp::resolver::numeric_service, keep);
  lookup->set_deadline(deadline);
  deadlines_.add(*lookup);
  co_await lookup->done.wait();
  if (lookup->expired == Errc::stopped) co_return Error(Errc::stopped, "stopping");
  if (lookup->expired) co_return Error(Errc::timed_out, host + ": the name server does not answer");
  if (lookup->failure) co_return Error(Errc::unreachable, host + ": " + lookup->failure.message());
  co_return lookup;
}

Task<Result<Socket>> Connector::connect_tcp(std::string host, std::uint16_t port, TimePoint deadline) {
  auto lookup = co_await look_up(host, port, deadline);
  if (!lookup) co_return lookup.error();
  const auto& found = (*lookup)->found;
  std::string tried;
  auto left = static_cast<std::int64_t>(found.size());
  for (const auto& entry : found) {
    if (stopped_) co_return Error(Errc::stopped, "stopping");
    const Tcp::endpoint endpoint = entry.endpoint();
    const TimePoint now = LoopClock::now();
    if (now >= deadline) break;
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
    if (!tried.empty()) tried += "; ";
    tried += endpoint.address().to_string() + " port " + std::to_string(port) + ": ";
    if (attempt.expired) {
      tried += "no answer";
    } else {
      tried += failure.message();
    }
  }
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  if (LoopClock::now() >= deadline) co_return Error(Errc::timed_out, host + ": " + tried);
  co_return Error(Errc::unreachable, host + ": " + tried);
}

Task<Result<std::unique_ptr<Stream>>> Connector::connect(Target target, TimePoint deadline) {
  auto socket = co_await connect_tcp(target.host, target.port, deadline);
  if (!socket) co_return socket.error();
  auto tls = std::make_unique<TlsSocket>(std::move(*socket), context_, TlsSocket::Role::client, deadlines_);
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

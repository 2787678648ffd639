#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/model/time.hpp"
#include "gateway/net/http_message.hpp"
#include "gateway/net/stream.hpp"

namespace leafgate::net {

struct HttpClientLimits {
  std::size_t head = 8 * 1024;
  std::size_t body = 96 * 1024;
  std::size_t idle_connections = 4;  // kept alive when nothing is under way
  Millis idle{50'000};               // an older idle connection is not used again
};

// Opens one connection, ready to carry HTTP, before the deadline: TLS to the service, a Unix socket to the
// daemon, a scripted stream in tests.
using HttpConnect = std::function<Task<Result<std::unique_ptr<Stream>>>(TimePoint deadline)>;

// HTTP/1.1 to one place, over connections that are kept alive. One loop only; destroy it after every send()
// has returned. Follows no redirects, keeps no cookies, sends no header of its own but Host and
// Content-Length. The caller bounds how many requests are under way.
class HttpClient {
 public:
  HttpClient(std::string host, HttpConnect connect, HttpClientLimits limits = {});

  // Any answer is a success, whatever its status. A request on a kept-alive connection that the peer closed
  // before the first octet of an answer is sent once more on a fresh one: only idempotent requests may be
  // given. Errors: what `connect` gives; unreachable (closed in mid-answer), timed_out, stopped; malformed
  // (not HTTP), too_large (past a limit).
  Task<Result<HttpResponse>> send(HttpRequest request, TimePoint deadline);

  // Opens a connection and keeps it for the next request. Errors: what `connect` gives.
  Task<Result<void>> reach(TimePoint deadline);

  void close_idle() { idle_.clear(); }
  [[nodiscard]] std::size_t idle_connections() const { return idle_.size(); }

 private:
  struct Idle {
    std::unique_ptr<Stream> stream;
    TimePoint since;
  };
  std::unique_ptr<Stream> take_idle();
  void keep(std::unique_ptr<Stream> stream);
  void drop_expired();

  std::string host_;
  HttpConnect connect_;
  HttpClientLimits limits_;
  std::vector<Idle> idle_;
};

// Asks the proxy at the other end of `stream` for a way to `authority` ("host:443", unresolved), by CONNECT
// (RFC 9110 §9.3.6); `credentials` are "user:password" for Basic (RFC 7617), or empty. After success `stream`
// reaches there; what it gave already beyond the proxy's answer is returned. Errors: proxy_failed (it said
// no: the detail is its status line; or it is no proxy), what the stream gives.
Task<Result<std::string>> open_by_proxy(Stream& stream, std::string authority, std::string credentials);

}  // namespace leafgate::net

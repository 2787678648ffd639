#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/net/peer_credentials.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::net {

// Header fields in order; names compare ignoring case (RFC 9110 §5.1).
class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // The first of that name, or null. The pointer lives until the next add().
  [[nodiscard]] const std::string* find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

// Who sent a request: the address for TCP, the process for a Unix socket.
struct HttpPeer {
  HttpPeer() = default;
  explicit HttpPeer(PeerInfo where) : info(std::move(where)) {}
  explicit HttpPeer(PeerCredentials who) : credentials(std::move(who)) {}
  PeerInfo info;
  std::optional<PeerCredentials> credentials;
};

struct HttpRequest {
  HttpRequest() = default;
  HttpRequest(std::string m, std::string t) : method(std::move(m)), target(std::move(t)) {}
  std::string method;  // as on the wire: "GET"
  std::string target;  // as on the wire: "/v1/status?x=y"
  HttpHeaders headers;
  std::string body;
  HttpPeer peer;  // filled in by the server
};

struct HttpResponse {
  HttpResponse() = default;
  explicit HttpResponse(int s) : status(s) {}
  HttpResponse(int s, std::string content_type, std::string text) : status(s), body(std::move(text)) {
    headers.add("Content-Type", std::move(content_type));
  }
  int status = 500;
  HttpHeaders headers;  // without Content-Length, Connection and Transfer-Encoding: the server writes those
  std::string body;
  bool close = false;  // end the connection after this answer
  Millis idle{0};      // awaits the next request so long, where that is more than HttpLimits::idle
  // When set, the server writes status and headers (no body, no Content-Length) and hands the connection
  // over, with the octets already read behind the request: server-sent events. With status 101 it writes
  // nothing: the protocol that takes over accepts by itself (WebSocket). The connection ends when it returns.
  std::function<Task<void>(Stream&, std::string unread)> takeover;
};

// Start line and fields as they go on the wire, up to and with the empty line. A name or value that would
// break out of its line (CR, LF, NUL) is left out: that would be a bug of the caller, never the peer's
// chance.
[[nodiscard]] std::string request_head(const HttpRequest& request, std::string_view host);
[[nodiscard]] std::string response_head(const HttpResponse& response, bool close);
[[nodiscard]] std::string_view reason_phrase(int status);

// A request target taken apart: path segments and query, percent-decoded. Errors: malformed (no leading '/',
// a broken escape, an escaped NUL).
struct HttpTarget {
  std::vector<std::string> path;  // "/v1/status" -> {"v1", "status"}
  std::vector<std::pair<std::string, std::string>> query;
  [[nodiscard]] const std::string* parameter(std::string_view name) const;
};
Result<HttpTarget> parse_target(std::string_view target);

}  // namespace leafgate::net

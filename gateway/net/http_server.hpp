#pragma once

#include "gateway/model/time.hpp"
#include "gateway/net/http_message.hpp"
#include "gateway/net/stream.hpp"

namespace leafgate::net {

// Bounds of one server (reliability §3.4). Sizes in octets.
struct HttpLimits {
  std::size_t head = 8 * 1024;   // start line and fields; more: 431
  std::size_t fields = 32;       // more: 431
  std::size_t body = 16 * 1024;  // more: 413
  Millis idle{60'000};           // between requests of a kept-alive connection
  Millis head_time{5'000};       // first octet to the end of the fields; the whole wait for a first request
  Millis body_time{10'000};
  Millis write_time{10'000};
};

// Answers requests. Called on the connection's loop; may take its time: no deadline runs meanwhile.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual Task<HttpResponse> handle(HttpRequest request) = 0;
  // The answer to what is no acceptable request; the connection ends after it. Text/plain unless overridden.
  [[nodiscard]] virtual HttpResponse refuse(int status, std::string_view why) const;
};

// HTTP/1.1 on a Stream (RFC 9110, RFC 9112), strict where requests are smuggled: no transfer codings, one
// Content-Length of digits, one Host, CRLF only, no folded lines, origin-form targets. Handler must outlive
// every serve(). Beast parses heads; nothing but this file, http_client.cpp and web_socket.cpp knows.
class HttpServer final : public StreamHandler {
 public:
  explicit HttpServer(HttpHandler& handler, HttpLimits limits = {}) : handler_(handler), limits_(limits) {}

  // Serves requests one after another until either side ends the connection.
  Task<void> serve(Stream& stream, PeerInfo peer) override;
  Task<void> serve_peer(Stream& stream, HttpPeer peer);

 private:
  HttpHandler& handler_;
  HttpLimits limits_;
};

}  // namespace leafgate::net

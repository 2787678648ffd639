#pragma once

#include <memory>
#include <optional>

#include "gateway/net/http_message.hpp"
#include "gateway/net/http_request_reader.hpp"
#include "gateway/net/stream.hpp"

namespace leafgate::net {

// What becomes of a body that is announced.
struct BodyVerdict {
  std::optional<HttpResponse> refusal;  // the answer at once; the connection ends after it
  std::shared_ptr<void> seat;           // held until the request is answered
};

// Answers requests. Called on the connection's loop; may take its time: no deadline runs meanwhile.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual Task<HttpResponse> handle(HttpRequest request) = 0;
  // Asked by the head, before an octet of the body is kept: who may not send it fills no memory with it. Let
  // in unless overridden.
  virtual BodyVerdict judge_body(const HttpRequest& head, std::size_t size);
  // The answer to what is no acceptable request; the connection ends after it. Text/plain unless overridden.
  [[nodiscard]] virtual HttpResponse refuse(int status, std::string_view why) const;
  // The same where `request` is what could be read of it.
  [[nodiscard]] virtual HttpResponse refuse_request(const HttpRequest& request, int status,
                                                    std::string_view why) const;
};

// HTTP/1.1 on a Stream (RFC 9110, RFC 9112), strict where requests are smuggled: no transfer codings, one
// Content-Length of digits, one Host, CRLF only, no folded lines, targets in origin or absolute form (a
// handler sees the former, and the host of the latter in Host). Handler must outlive every serve().
// HttpRequestReader reads them.
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

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/net/http_client.hpp"
#include "gateway/net/http_message.hpp"

namespace leafgate::net {

// The half of HttpClient that knows no stream: octets in, in pieces as they come, one final answer out.
// Interim answers (1xx, but 101) are skipped. `head_only` for what has no body: HEAD, and CONNECT, behind
// whose answer stands already what the other side of the proxy says. `limits` must outlive it. Beast parses;
// only its source knows.
class HttpAnswerReader {
 public:
  HttpAnswerReader(const HttpClientLimits& limits, bool head_only);
  ~HttpAnswerReader();
  HttpAnswerReader(const HttpAnswerReader&) = delete;
  HttpAnswerReader& operator=(const HttpAnswerReader&) = delete;

  // Whether the answer is whole. Errors, after which no more may be given: malformed (not HTTP), too_large.
  Result<bool> take(std::string_view octets);
  // The peer has ended: an answer without length is whole now. Errors: unreachable (in mid-answer).
  Result<bool> end();

  // Of a whole answer.
  [[nodiscard]] bool accepts() const;             // 2xx
  [[nodiscard]] std::string status_line() const;  // "407 Proxy Authentication Required", made fit to be read
  [[nodiscard]] bool reusable() const;            // the connection may carry another request
  std::string take_unread() { return std::move(unread_); }
  HttpResponse release();

 private:
  struct Parsing;
  [[nodiscard]] bool done() const;
  [[nodiscard]] bool interim() const;
  void renew();

  const HttpClientLimits& limits_;
  bool head_only_;
  std::unique_ptr<Parsing> parsing_;
  std::string unread_;
};

}  // namespace leafgate::net

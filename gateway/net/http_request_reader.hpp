#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/model/time.hpp"
#include "gateway/net/http_message.hpp"

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

// What reading one head came to: a request whose body is still to come, or a refusal.
struct IncomingRequest {
  int refusal = 0;       // HTTP status, 0: none
  std::string_view why;  // of the refusal; lives for ever
  bool keep_alive = false;
  bool expects_continue = false;
  std::size_t body_size = 0;
  HttpRequest request;

  void refuse(int status, std::string_view text) {
    refusal = status;
    why = text;
  }
};

// The half of HttpServer that knows no stream: octets in, requests out, in pieces as they come. Strict where
// requests are smuggled (see http_server.hpp). After a refusal nothing more can be understood. `limits` must
// outlive it. Beast parses heads; only its source knows.
class HttpRequestReader {
 public:
  explicit HttpRequestReader(const HttpLimits& limits) : limits_(limits) {}

  void add(std::string_view octets) { unread_.append(octets); }
  // The next head or refusal; nothing while octets are missing.
  std::optional<IncomingRequest> head();
  // After head(): fills in its body. False while octets are missing.
  bool take_body(IncomingRequest& in);
  // Whether an octet of what is not understood yet is there.
  [[nodiscard]] bool begun() const { return !unread_.empty(); }
  std::string take_unread() { return std::exchange(unread_, {}); }

 private:
  // The first of what is unread. The room it came in goes with it: a connection may be held for days.
  std::string take(std::size_t size);

  const HttpLimits& limits_;
  std::string unread_;       // octets behind what has been understood
  std::size_t scanned_ = 0;  // of those, how many are looked at: a head that comes octet by octet
};

}  // namespace leafgate::net

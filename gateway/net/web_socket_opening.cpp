// The opening handshake of WebSocket: what is asked for, apart from the stream that would carry it.
#include <optional>

#include "gateway/model/ids.hpp"
#include "gateway/net/web_socket.hpp"

namespace leafgate::net {
namespace {

constexpr std::size_t key_length = 24;  // 16 octets in base64 (RFC 6455 §4.1)

// A list of tokens between commas, as Connection and Sec-WebSocket-Protocol carry; gives the one that equals
// `word` ignoring case, as it was written.
std::optional<std::string> find_token(const HttpHeaders& headers, std::string_view name,
                                      std::string_view word) {
  for (const auto& [field, value] : headers.fields()) {
    if (!equal_ignoring_case(field, name)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      std::string_view token = rest.substr(0, comma);
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
      while (!token.empty() && (token.front() == ' ' || token.front() == '\t')) token.remove_prefix(1);
      while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) token.remove_suffix(1);
      if (equal_ignoring_case(token, word)) return std::string(token);
    }
  }
  return std::nullopt;
}

}  // namespace

bool asks_for_web_socket(const HttpRequest& request) {
  return find_token(request.headers, "Upgrade", "websocket").has_value();
}

Result<WebSocketRequest> WebSocketRequest::read(const HttpRequest& request) {
  const Error broken(Errc::malformed, "not an opening handshake of WebSocket");
  if (request.method != "GET" || !request.body.empty()) return broken;
  if (!find_token(request.headers, "Connection", "upgrade")) return broken;
  const std::string* version = request.headers.find("Sec-WebSocket-Version");
  if (!version || *version != "13") return Error(Errc::unsupported, "a version of WebSocket other than 13");
  const std::string* key = request.headers.find("Sec-WebSocket-Key");
  if (!key || key->size() != key_length || !key->ends_with("==")) return broken;
  auto protocol = find_token(request.headers, "Sec-WebSocket-Protocol", "mqtt");
  if (!protocol) return Error(Errc::malformed, "WebSocket without the sub-protocol mqtt");
  WebSocketRequest accepted;
  accepted.key = *key;
  accepted.protocol = std::move(*protocol);
  return accepted;
}

}  // namespace leafgate::net

#include "tests/standin/web_socket_opening.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include "tests/standin/encoding.hpp"
#include "tests/standin/paths.hpp"

namespace leafgate::standin {
namespace {

using Path = std::vector<std::string>;

// C, Node and Python ask for the first, Java for the second, C# for the third.
bool is_door(const Path& path) {
  return path == Path{"$iothub", "websocket"} || path == Path{"mqtt"} || path == Path{""};
}

// The token of a list between commas that equals `small_word` in any case, as it was written; or "".
std::string find_token(std::string_view list, std::string_view small_word) {
  while (!list.empty()) {
    std::string_view token = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), token.size() + 1));
    token.remove_prefix(std::min(token.size(), token.find_first_not_of(" \t")));
    token = token.substr(0, token.find_last_not_of(" \t") + 1);
    if (lower(token) == small_word) return std::string(token);
  }
  return {};
}

// Sec-WebSocket-Accept (§4.2.2).
std::string proof_of(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("SHA-1 failed");
  }
  return base64_encode({reinterpret_cast<const char*>(digest.data()), length});
}

WebSocketOpening accepted(const std::string& key, const std::string& protocol) {
  const std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      proof_of(key) + "\r\nSec-WebSocket-Protocol: " + protocol + "\r\n\r\n";
  return {true, answer};
}

WebSocketOpening turned_away(int status) {
  Response response;
  response.status = status;
  if (status == 426) response.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
  return {false, wire_text(response, false)};
}

}  // namespace

std::optional<WebSocketOpening> open_web_socket(const Request& request) {
  if (find_token(request.header("upgrade"), "websocket").empty()) return std::nullopt;
  if (!is_door(path_of(request.target))) return std::nullopt;
  if (request.method != "GET" || find_token(request.header("connection"), "upgrade").empty())
    return turned_away(400);
  if (request.header("sec-websocket-version") != "13") return turned_away(426);
  const std::string& key = request.header("sec-websocket-key");
  const auto nonce = base64_decode(key);
  const std::string protocol = find_token(request.header("sec-websocket-protocol"), "mqtt");
  if (!nonce || nonce->size() != 16 || protocol.empty()) return turned_away(400);
  return accepted(key, protocol);
}

}  // namespace leafgate::standin

#include "gateway/net/http_message.hpp"

#include <algorithm>
#include <array>

#include "gateway/model/ids.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::net {
namespace {

bool breaks_out(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void put_field(std::string& out, std::string_view name, std::string_view value) {
  if (name.empty() || breaks_out(name) || breaks_out(value)) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

// One piece of a target as it is meant; in a query '+' is a blank (HTML forms, curl --data-urlencode).
std::optional<std::string> decoded(std::string_view text, bool in_query) {
  std::string plain(text);
  if (in_query) std::replace(plain.begin(), plain.end(), '+', ' ');
  auto out = percent_decode(plain);
  if (!out || out->find('\0') != std::string::npos) return std::nullopt;
  return std::move(*out);
}

// Cuts `text` at the first `mark`; the rest stays in `text`.
std::string_view cut(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return head;
}

struct Phrase {
  int status;
  std::string_view text;
};
constexpr auto phrases = std::to_array<Phrase>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
});

}  // namespace

const std::string* HttpHeaders::find(std::string_view name) const {
  for (const Field& field : fields_)
    if (equal_ignoring_case(field.first, name)) return &field.second;
  return nullptr;
}

std::size_t HttpHeaders::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(fields_.begin(), fields_.end(), [name](const Field& field) {
    return equal_ignoring_case(field.first, name);
  }));
}

std::string_view reason_phrase(int status) {
  for (const Phrase& phrase : phrases)
    if (phrase.status == status) return phrase.text;
  return "Unknown";
}

std::string request_head(const HttpRequest& request, std::string_view host) {
  std::string out;
  if (!breaks_out(request.method) && !breaks_out(request.target))
    out = request.method + " " + request.target + " HTTP/1.1\r\n";
  put_field(out, "Host", host);
  for (const auto& [name, value] : request.headers.fields()) put_field(out, name, value);
  // A request that may carry a body says its length even when that is nothing (RFC 9110 §8.6).
  const bool may_carry = request.method != "GET" && request.method != "HEAD" && request.method != "CONNECT";
  if (!request.body.empty() || may_carry)
    put_field(out, "Content-Length", std::to_string(request.body.size()));
  return out + "\r\n";
}

std::string response_head(const HttpResponse& response, bool close) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.append(reason_phrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers.fields()) put_field(out, name, value);
  const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  if (!bodiless && !response.takeover) put_field(out, "Content-Length", std::to_string(response.body.size()));
  if (close && response.status != 101) put_field(out, "Connection", "close");
  return out + "\r\n";
}

const std::string* HttpTarget::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return &value;
  return nullptr;
}

Result<HttpTarget> parse_target(std::string_view target) {
  const Error broken(Errc::malformed, "the request target is no path with an optional query");
  if (target.empty() || target.front() != '/') return broken;
  HttpTarget out;
  std::string_view query = target;
  std::string_view path = cut(query, '?').substr(1);
  while (!path.empty()) {
    auto segment = decoded(cut(path, '/'), false);
    if (!segment) return broken;
    out.path.push_back(std::move(*segment));
  }
  while (!query.empty()) {
    std::string_view value = cut(query, '&');
    if (value.empty()) continue;
    auto name = decoded(cut(value, '='), true);
    auto text = decoded(value, true);
    if (!name || !text) return broken;
    out.query.emplace_back(std::move(*name), std::move(*text));
  }
  return out;
}

}  // namespace leafgate::net

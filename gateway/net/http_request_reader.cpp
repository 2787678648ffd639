#include "gateway/net/http_request_reader.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "gateway/model/ids.hpp"

namespace leafgate::net {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t start_line_room = 64;  // Beast's limit counts octets that ours does not
constexpr std::string_view end_of_head = "\r\n\r\n";

// Line ends other than CRLF, folded lines and control octets are where parsers disagree: none of them passes.
bool has_strict_lines(std::string_view block) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    const auto c = static_cast<unsigned char>(block[i]);
    if (c == '\r') {
      if (i + 1 >= block.size() || block[i + 1] != '\n') return false;
    } else if (c == '\n') {
      if (i == 0 || block[i - 1] != '\r') return false;
      if (i + 1 < block.size() && (block[i + 1] == ' ' || block[i + 1] == '\t')) return false;
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
      return false;
    }
  }
  return true;
}

// A bare line feed never becomes an end of head, and a control octet is another protocol's (MQTT, AMQP):
// refused as soon as it is seen.
bool cannot_become_a_head(std::string_view text, std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
    if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f) return true;
  }
  return false;
}

void read_length(IncomingRequest& in, const HttpLimits& limits) {
  const HttpHeaders& headers = in.request.headers;
  const std::size_t lengths = headers.count("Content-Length");
  if (headers.find("Transfer-Encoding") != nullptr) {
    if (lengths > 0) return in.refuse(400, "both Transfer-Encoding and Content-Length");
    return in.refuse(411, "transfer codings are not accepted; send a Content-Length");
  }
  if (lengths == 0) return;
  const std::string& text = *headers.find("Content-Length");
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (lengths > 1 || !digits || text.size() > 18) return in.refuse(400, "a Content-Length that is no number");
  std::from_chars(text.data(), text.data() + text.size(), in.body_size);
  if (in.body_size > limits.body) in.refuse(413, "the body is larger than this server takes");
}

// An absolute form taken apart (RFC 9112 §3.2.2): its host counts, and not the field Host beside it. Nothing
// for what is none of http or https.
struct AbsoluteTarget {
  std::string_view authority;
  std::string path;
};
std::optional<AbsoluteTarget> absolute_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    AbsoluteTarget out{target.substr(0, end), std::string(target.substr(end))};
    if (out.authority.empty() || out.authority.find('@') != std::string_view::npos) return std::nullopt;
    if (!out.path.starts_with('/')) out.path.insert(0, 1, '/');
    return out;
  }
  return std::nullopt;
}

// `block` is a whole head, from the start line to the empty line.
IncomingRequest parse_head(std::string_view block, const HttpLimits& limits) {
  IncomingRequest in;
  if (!has_strict_lines(block)) {
    in.refuse(400, "control characters, folded lines or bare line ends in the head");
    return in;
  }
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.head + start_line_room));
  parser.body_limit(boost::none);
  parser.eager(false);  // stops at the end of the head: the body is read here
  boost::system::error_code error;
  parser.put(boost::asio::buffer(block.data(), block.size()), error);
  if (error == http::error::bad_version) {
    in.refuse(505, "HTTP/1.1 and 1.0 only");
    return in;
  }
  // Beast's own view of two lengths or codings; told apart below where it let them pass.
  if (error || !parser.is_header_done()) {
    in.refuse(400, "not a readable HTTP head");
    return in;
  }
  const auto& message = parser.get();
  in.request.method = std::string(message.method_string());
  const auto absolute = absolute_target(message.target());
  in.request.target = absolute ? absolute->path : std::string(message.target());
  std::size_t fields = 0;
  for (const auto& field : message) {
    const bool is_replaced = absolute && equal_ignoring_case(field.name_string(), "Host");
    in.request.headers.add(std::string(field.name_string()),
                           std::string(is_replaced ? absolute->authority : std::string_view(field.value())));
    ++fields;
  }
  // A peer of 1.0 that is not told so waits for the end (RFC 9112 §9.3, §C.2.2).
  in.keep_alive = message.keep_alive() && message.version() >= 11;
  const std::string* expect = in.request.headers.find("Expect");
  in.expects_continue = expect != nullptr && message.version() >= 11;
  if (fields > limits.fields)
    in.refuse(431, "too many header fields");
  else if (in.request.headers.count("Host") > 1 ||
           (message.version() >= 11 && !in.request.headers.find("Host")))
    in.refuse(400, "exactly one Host field is needed");
  else if (in.request.target.empty() || in.request.target.front() != '/')
    in.refuse(400, "the request target must be a path, or http:// and so on");
  else
    read_length(in, limits);
  return in;
}

}  // namespace

std::optional<IncomingRequest> HttpRequestReader::head() {
  while (unread_.starts_with("\r\n")) {  // RFC 9112 §2.2: between requests
    unread_.erase(0, 2);
    scanned_ = 0;
  }
  IncomingRequest refused;
  const std::size_t end = unread_.find(end_of_head);
  const bool whole = end != std::string::npos;
  const std::size_t size = whole ? end + end_of_head.size() : unread_.size();
  if (size > limits_.head) {
    refused.refuse(431, "the head is larger than this server takes");
    return refused;
  }
  if (!whole) {
    const bool hopeless = cannot_become_a_head(unread_, scanned_);
    scanned_ = unread_.size();
    if (!hopeless) return std::nullopt;
    refused.refuse(400, "bare line ends or control characters in the head");
    return refused;
  }
  const std::string block = take(size);
  IncomingRequest in = parse_head(block, limits_);
  scanned_ = 0;
  return in;
}

bool HttpRequestReader::take_body(IncomingRequest& in) {
  if (unread_.size() < in.body_size) return false;
  in.request.body = take(in.body_size);
  return true;
}

std::string HttpRequestReader::take(std::size_t size) {
  std::string rest = unread_.substr(size);
  unread_.resize(size);
  return std::exchange(unread_, std::move(rest));
}

}  // namespace leafgate::net

#include "tests/standin/http.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {
namespace http = boost::beast::http;
namespace {

constexpr std::uint64_t body_limit = 1024 * 1024;
constexpr std::uint32_t header_limit = 16 * 1024;

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

}  // namespace

struct RequestReader::Parser {
  Parser() {
    parser.body_limit(body_limit);
    parser.header_limit(header_limit);
    parser.eager(true);
  }
  http::request_parser<http::string_body> parser;
};

const std::string& Request::header(const std::string& small_name) const {
  static const std::string none;
  const auto at = headers.find(small_name);
  return at == headers.end() ? none : at->second;
}

RequestReader::RequestReader() : parser_(std::make_unique<Parser>()) {}
RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::feed(std::string& input) {
  while (!input.empty() && !parser_->parser.is_done()) {
    boost::system::error_code ec;
    const std::size_t used = parser_->parser.put(boost::asio::buffer(input), ec);
    input.erase(0, used);
    if (ec == http::error::need_more) return State::more;
    if (ec == http::error::body_limit || ec == http::error::header_limit) return State::too_big;
    if (ec) return State::malformed;
    if (used == 0) return State::more;
  }
  return parser_->parser.is_done() ? State::complete : State::more;
}

Request RequestReader::take() {
  auto message = parser_->parser.release();
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.keep_alive = message.keep_alive();
  for (const auto& field : message) {
    request.headers[lower(std::string_view(field.name_string().data(), field.name_string().size()))] =
        std::string(field.value());
  }
  request.body = std::move(message.body());
  parser_ = std::make_unique<Parser>();
  return request;
}

std::string wire_text(const Response& response, bool keep_alive) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason) + "\r\n";
  text += "Date: " + http_date() + "\r\n";
  if (!response.body.empty()) text += "Content-Type: " + response.content_type + "\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  if (!keep_alive) text += "Connection: close\r\n";
  if (!response.chunked || response.body.empty()) {
    text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
    return text + response.body;
  }
  std::array<char, 20> length{};
  std::snprintf(length.data(), length.size(), "%zx\r\n", response.body.size());
  return text + "Transfer-Encoding: chunked\r\n\r\n" + length.data() + response.body + "\r\n0\r\n\r\n";
}

}  // namespace leafgate::standin

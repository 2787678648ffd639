#include "gateway/net/http_answer_reader.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace leafgate::net {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t longest_reason = 100;

Error read_error(const boost::system::error_code& error) {
  if (error == http::error::body_limit) return {Errc::too_large, "the answer's body is larger than allowed"};
  if (error == http::error::header_limit)
    return {Errc::too_large, "the answer's head is larger than allowed"};
  return {Errc::malformed, "the answer is not HTTP: " + error.message()};
}

}  // namespace

struct HttpAnswerReader::Parsing {
  std::optional<http::response_parser<http::string_body>> parser;
};

HttpAnswerReader::HttpAnswerReader(const HttpClientLimits& limits, bool head_only)
    : limits_(limits), head_only_(head_only), parsing_(std::make_unique<Parsing>()) {
  renew();
}

HttpAnswerReader::~HttpAnswerReader() = default;

void HttpAnswerReader::renew() {
  auto& parser = parsing_->parser;
  parser.emplace();
  parser->eager(true);
  parser->header_limit(static_cast<std::uint32_t>(limits_.head));
  parser->body_limit(limits_.body);
  if (head_only_) parser->skip(true);
}

bool HttpAnswerReader::done() const { return parsing_->parser->is_done(); }

bool HttpAnswerReader::interim() const {
  const unsigned status = parsing_->parser->get().result_int();
  return status < 200 && status != 101;
}

Result<bool> HttpAnswerReader::take(std::string_view octets) {
  unread_.append(octets);
  for (;;) {
    if (unread_.empty() || done()) return done();
    boost::system::error_code error;
    const std::size_t used = parsing_->parser->put(boost::asio::buffer(unread_), error);
    unread_.erase(0, used);
    // None of HTTP (RFC 9110 §15), and Beast would read a body to the end of the connection for it.
    if (parsing_->parser->is_header_done() && parsing_->parser->get().result_int() < 100)
      return Error(Errc::malformed, "the answer is not HTTP: a status below 100");
    if (done() && interim()) {
      renew();
      continue;
    }
    // Neither head nor body, and yet without end: the extension of a chunk, or trailers.
    if (error == http::error::need_more && unread_.size() > limits_.head)
      return read_error(http::error::header_limit);
    if (error == http::error::need_more) return done();
    if (error) return read_error(error);
    if (used == 0) return done();
  }
}

Result<bool> HttpAnswerReader::end() {
  boost::system::error_code error;
  auto& parser = *parsing_->parser;
  if (parser.got_some() && !parser.is_done()) parser.put_eof(error);
  if (error || !parser.is_done()) return Error(Errc::unreachable, "the peer closed in mid-answer");
  return true;
}

// A proxy writes what it likes.
std::string HttpAnswerReader::status_line() const {
  const auto& message = parsing_->parser->get();
  std::string reason(message.reason().substr(0, longest_reason));
  std::replace_if(
      reason.begin(), reason.end(), [](char c) { return c < 0x20 || c == 0x7f; }, '?');
  return std::to_string(message.result_int()) + (reason.empty() ? "" : " " + reason);
}

bool HttpAnswerReader::accepts() const { return parsing_->parser->get().result_int() / 100 == 2; }

bool HttpAnswerReader::reusable() const { return parsing_->parser->keep_alive() && unread_.empty(); }

HttpResponse HttpAnswerReader::release() {
  auto message = parsing_->parser->release();
  HttpResponse out(static_cast<int>(message.result_int()));
  for (const auto& field : message)
    out.headers.add(std::string(field.name_string()), std::string(field.value()));
  out.body = std::move(message.body());
  return out;
}

}  // namespace leafgate::net

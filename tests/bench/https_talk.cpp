#include "tests/bench/https_talk.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <nlohmann/json.hpp>

namespace leafgate::bench {
namespace http = boost::beast::http;
namespace {

class HttpsTalk final : public Talk {
 public:
  explicit HttpsTalk(const Script& script) : script_(script) { parser_.eager(true); }

  void begin() override { say(script_.request); }
  void feed(std::string_view octets) override { input_ += octets; }
  void resume() override {}
  void stay() override {}
  void leave() override {}

  Next step() override {
    boost::system::error_code error;
    if (!parser_.is_done()) input_.erase(0, parser_.put(boost::asio::buffer(input_), error));
    if (error && error != http::error::need_more) return fail("not HTTP: " + error.message());
    if (!parser_.is_done() || answered_) return Next::wait;
    answered_ = true;
    const auto body = nlohmann::json::parse(parser_.get().body(), nullptr, false);
    const std::string status = body.is_object() ? body.value("status", "") : "";
    if (parser_.get().result() == http::status::ok && status == "assigned") return Next::answer;
    return fail("answer " + std::to_string(parser_.get().result_int()) + " " + status);
  }

 private:
  const Script& script_;
  http::response_parser<http::string_body> parser_;
  std::string input_;
  bool answered_ = false;
};

}  // namespace

std::unique_ptr<Talk> make_https_talk(const Script& script) { return std::make_unique<HttpsTalk>(script); }

}  // namespace leafgate::bench

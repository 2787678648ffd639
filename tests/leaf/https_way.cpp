#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "tests/leaf/sas.hpp"
#include "tests/leaf/tpm_way.hpp"
#include "tests/leaf/transport.hpp"

namespace leafgate::leaf {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using nlohmann::json;

constexpr const char* version = "?api-version=2021-06-01";

// A new connection for each request, as a device that has time.
class HttpsWay final : public Way {
 public:
  explicit HttpsWay(const Door& door) : door_(door), context_(client_context(door.ca_file, "")) {}

  Reply put(const json& body, const std::string& token) override {
    return ask(http::verb::put, "/register", body.dump(), token);
  }
  Reply poll(const std::string& operation, const std::string& token) override {
    return ask(http::verb::get, "/operations/" + operation, {}, token);
  }

 private:
  Reply ask(http::verb method, const std::string& what, const std::string& body, const std::string& token) {
    http::request<http::string_body> request(method,
                                             "/" + door_.id_scope + "/registrations/" +
                                                 percent_encode(door_.registration_id, true) + what + version,
                                             11);
    request.set(http::field::host, door_.server_name);
    request.set(http::field::user_agent, door_.client);
    request.set(http::field::accept, "application/json");
    request.set(http::field::content_type, "application/json; charset=utf-8");
    if (!token.empty()) request.set(http::field::authorization, token);
    request.body() = body;
    request.prepare_payload();
    try {
      return read(exchange(request));
    } catch (const std::exception& error) {
      Reply none;
      none.failure = error.what();
      return none;
    }
  }

  http::response<http::string_body> exchange(const http::request<http::string_body>& request) {
    asio::io_context io(1);
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, *context_);
    asio::ip::tcp::resolver resolver(io);
    SSL_set_tlsext_host_name(stream.native_handle(), door_.server_name.c_str());
    stream.set_verify_callback(asio::ssl::host_name_verification(door_.server_name));
    asio::connect(stream.next_layer(), resolver.resolve(door_.host, door_.port));
    stream.handshake(asio::ssl::stream_base::client);
    http::write(stream, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(stream, buffer, response);
    return response;
  }

  static Reply read(const http::response<http::string_body>& response) {
    Reply reply;
    reply.status = static_cast<int>(response.result_int());
    // Whole seconds, as every SDK reads it (device sheet §7.4).
    if (const auto wait = response[http::field::retry_after]; !wait.empty())
      reply.retry_after = std::stol(std::string(wait));
    reply.body = json::parse(response.body(), nullptr, false);
    if (!reply.body.is_object()) {
      reply.failure = "the body of a " + std::to_string(reply.status) + " is not a JSON object";
      reply.status = 0;
    }
    return reply;
  }

  Door door_;
  std::shared_ptr<asio::ssl::context> context_;
};

}  // namespace

std::unique_ptr<Way> https_way(const Door& door) { return std::make_unique<HttpsWay>(door); }

}  // namespace leafgate::leaf

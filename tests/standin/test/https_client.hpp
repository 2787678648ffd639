#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <nlohmann/json.hpp>

#include "tests/standin/test/made_certificate.hpp"

namespace leafgate::standin {

struct Answer {
  boost::system::error_code error;  // set when the connection broke before a whole answer came
  int status = 0;
  std::string head;  // status line and headers as sent
  std::string body;  // de-chunked

  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  // Value of a header, or "" (the name as the stand-in writes it).
  std::string header(const std::string& name) const;
};

// A blocking client of the test's own, over TLS or plain; one kept-alive connection, re-made when it broke.
class HttpsClient {
 public:
  HttpsClient(std::uint16_t port, bool tls) : port_(port), tls_(tls) {}

  using Headers = std::vector<std::pair<std::string, std::string>>;
  Answer send(const std::string& method, const std::string& target, const std::string& authorization,
              const std::string& body, const Headers& more = {});
  // Shows this certificate from the next connection on.
  void show(const Made& certificate);
  // Drops the connection; the next request goes to this port.
  void use_port(std::uint16_t port) {
    stream_.reset();
    port_ = port;
  }

 private:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
  boost::system::error_code connect();
  std::size_t read_some(boost::system::error_code& ec);
  void read_answer(Answer& answer);
  bool fill_until(const std::string& mark, Answer& answer);
  bool fill_to(std::size_t size, Answer& answer);

  std::uint16_t port_;
  bool tls_;
  boost::asio::io_context io_{1};
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  std::unique_ptr<Stream> stream_;
  std::string input_;
};

}  // namespace leafgate::standin

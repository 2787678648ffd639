#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "tests/standin/connection.hpp"

namespace leafgate::standin {

// What a server insists on.
struct TlsRules {
  std::string version;            // "1.2" or "1.3"; empty: both
  std::string client_signatures;  // as SSL_CTX_set1_client_sigalgs_list(3) takes them; empty: all
};

// A TLS 1.2+ server context with session resumption. Throws boost::system::system_error, or
// std::runtime_error for rules that OpenSSL does not take.
std::shared_ptr<boost::asio::ssl::context> server_context(const std::string& certificate_file,
                                                          const std::string& key_file,
                                                          const TlsRules& rules = {});

// A listening port that can be taken down and brought up again on the same number. One thread.
class Server {
 public:
  // `context` null = plain HTTP. `refuse` (may be empty) is asked once per accepted connection: true = RST at
  // once. Binds at once; throws boost::system::system_error.
  Server(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint at,
         std::shared_ptr<boost::asio::ssl::context> context, Speak speak, std::function<bool()> refuse);

  boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }
  const ConnectionCounters& counters() const { return *counters_; }
  bool is_up() const { return acceptor_.is_open(); }

  void up();
  // With `cut_connections` every connection ends in an RST, as when the host dies.
  void down(bool cut_connections);

 private:
  void listen();
  void accept();
  void take_in(boost::asio::ip::tcp::socket socket);

  boost::asio::ip::tcp::endpoint endpoint_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  Speak speak_;
  std::function<bool()> refuse_;
  std::shared_ptr<ConnectionCounters> counters_ = std::make_shared<ConnectionCounters>();
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::weak_ptr<Connection>> connections_;
};

// "127.0.0.1:8443" or "[::1]:0". Throws std::runtime_error.
boost::asio::ip::tcp::endpoint parse_endpoint(const std::string& text);

}  // namespace leafgate::standin

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace leafgate::leaf {

// What the scripted gateway does with one request.
struct Reply {
  bool hang_up = false;
  int status = 200;
  std::string query;  // after the request id, e.g. "&retry-after=1"
  std::string body;
};

// A gateway of a few lines for one test: TLS, CONNACK 0, SUBACK, PUBACK, and the reply the script gives.
// One thread a connection; all end with the object.
class ScriptedGateway {
 public:
  // `put` = it is a register; `id` from the username. Called from many threads, one at a time.
  using Script = std::function<Reply(bool put, const std::string& id)>;

  ScriptedGateway(const std::string& folder, Script script);
  ~ScriptedGateway();
  ScriptedGateway(const ScriptedGateway&) = delete;
  ScriptedGateway& operator=(const ScriptedGateway&) = delete;

  std::uint16_t port() const { return port_; }
  std::string ca_file() const { return folder_ + "/gateway.pem"; }
  int connections() const { return connections_; }

 private:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
  void accept_all();
  void serve(boost::asio::ip::tcp::socket socket);
  bool answer(Stream& stream, std::uint8_t head, const std::string& body, std::string& id);

  std::string folder_;
  Script script_;
  std::mutex one_at_a_time_;
  boost::asio::io_context io_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
  boost::asio::ip::tcp::acceptor acceptor_{io_};
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<std::thread> threads_;
  std::thread acceptor_thread_;
};

}  // namespace leafgate::leaf

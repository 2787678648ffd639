#pragma once

#include <array>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "tests/leaf/mqtt_codec.hpp"

namespace leafgate::leaf {

// A client context that trusts `ca_file` and nothing else; `tls` is "1.2", "1.3" or "" for both.
// Throws boost::system::system_error.
// With a certificate (PEM, its chain after it) it is shown to who asks for one; `key_file` holds its key.
std::shared_ptr<boost::asio::ssl::context> client_context(const std::string& ca_file, const std::string& tls,
                                                          const std::string& certificate_file = {},
                                                          const std::string& key_file = {});

// One TLS connection that carries MQTT packets. Keeps itself alive while something is pending.
class Transport : public std::enable_shared_from_this<Transport> {
 public:
  class Events {
   public:
    virtual ~Events() = default;
    virtual void opened() = 0;
    virtual void packet(const Packet& packet) = 0;
    // Once at most, and never after close().
    virtual void lost(const std::string& why) = 0;
  };

  // `context` must outlive it. `server_name` is checked against the certificate; it is sent as SNI unless it
  // is an address. `local` unspecified = whatever the system takes.
  Transport(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& context,
            const std::string& server_name);
  void open(const boost::asio::ip::tcp::endpoint& gateway, const boost::asio::ip::address& local,
            std::shared_ptr<Events> events);
  void send(const std::string& bytes);
  // Sends what is queued, then closes; events stop at once.
  void close();

 private:
  void connect(const boost::asio::ip::tcp::endpoint& gateway);
  void secure();
  void read();
  void deliver(std::size_t size);
  void write();
  void fail(const std::string& why);

  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  std::shared_ptr<Events> events_;
  PacketReader reader_;
  std::array<char, 4096> chunk_{};
  std::string writing_;
  std::string queued_;
  bool closing_ = false;
};

}  // namespace leafgate::leaf

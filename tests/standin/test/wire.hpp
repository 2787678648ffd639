#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "tests/standin/test/made_certificate.hpp"

namespace leafgate::standin {

// What carries the octets of a test's MQTT client; blocking.
class Wire {
 public:
  virtual ~Wire() = default;
  // A connection that is gone shows when something is to be received.
  virtual void write(const std::string& octets) = 0;
  // Some more octets; none when the server closed or reset the connection.
  virtual std::string read_some() = 0;
};

// A connection to a port of this machine, hands shaken: with this SNI, and showing `chain`, its own
// certificate first. Throws boost::system::system_error.
class TlsConnection {
 public:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

  TlsConnection(std::uint16_t port, const std::string& server_name, const std::vector<Made>& chain);
  Stream& stream() { return *stream_; }

 private:
  boost::asio::io_context io_{1};
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  std::unique_ptr<Stream> stream_;
};

// MQTT straight over TLS.
class TlsWire final : public Wire {
 public:
  TlsWire(std::uint16_t port, const std::string& server_name, const std::vector<Made>& chain)
      : connection_(port, server_name, chain) {}
  void write(const std::string& octets) override;
  std::string read_some() override;

 private:
  TlsConnection connection_;
};

}  // namespace leafgate::standin

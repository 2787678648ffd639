#pragma once

#include <cstddef>

#include "tests/standin/test/wire.hpp"

namespace leafgate::standin {

// How a client asks for WebSocket.
struct WebSocketAsk {
  std::string path = "/$iothub/websocket";
  std::string protocol = "mqtt";
  std::vector<Made> chain = {};       // its own certificate first
  std::size_t largest_frame = 4'096;  // its messages are fragmented into such ones
};

// MQTT over WebSocket over TLS, with Beast's client, which offers compression too. Throws
// boost::system::system_error when the server does not upgrade.
class WebSocketWire final : public Wire {
 public:
  explicit WebSocketWire(std::uint16_t port, const WebSocketAsk& ask = {});
  ~WebSocketWire() override;

  void write(const std::string& octets) override;
  std::string read_some() override;
  // A header of the server's answer to the upgrade; "" when it was not there.
  std::string agreed(const std::string& header) const;
  // The code of the Close that came, 0 while none did.
  int close_code() const;
  // Closes from this side; whether the server answered that.
  bool close();

 private:
  struct Socket;
  TlsConnection connection_;
  std::unique_ptr<Socket> socket_;
};

}  // namespace leafgate::standin

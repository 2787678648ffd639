#include "tests/standin/test/web_socket_wire.hpp"

#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace leafgate::standin {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

struct WebSocketWire::Socket {
  explicit Socket(TlsConnection::Stream& tls) : stream(tls) {}
  websocket::stream<TlsConnection::Stream&> stream;
  websocket::response_type answer;
};

WebSocketWire::WebSocketWire(std::uint16_t port, const WebSocketAsk& ask)
    : connection_(port, "dps.test", ask.chain), socket_(std::make_unique<Socket>(connection_.stream())) {
  auto& stream = socket_->stream;
  stream.binary(true);
  stream.write_buffer_bytes(ask.largest_frame);
  websocket::permessage_deflate compression;
  compression.client_enable = true;
  stream.set_option(compression);
  stream.set_option(websocket::stream_base::decorator([&ask](websocket::request_type& request) {
    if (!ask.protocol.empty()) request.set(http::field::sec_websocket_protocol, ask.protocol);
  }));
  stream.handshake(socket_->answer, "dps.test", ask.path);
}

WebSocketWire::~WebSocketWire() = default;

void WebSocketWire::write(const std::string& octets) {
  error_code ignored;
  socket_->stream.write(asio::buffer(octets), ignored);
}

std::string WebSocketWire::read_some() {
  std::string chunk(4096, '\0');
  error_code ec;
  chunk.resize(socket_->stream.read_some(asio::buffer(chunk), ec));
  return chunk;
}

std::string WebSocketWire::agreed(const std::string& header) const {
  return std::string(socket_->answer[header]);
}

int WebSocketWire::close_code() const { return socket_->stream.reason().code; }

bool WebSocketWire::close() {
  error_code ec;
  socket_->stream.close(websocket::close_code::normal, ec);
  return !ec && close_code() == websocket::close_code::normal;
}

}  // namespace leafgate::standin

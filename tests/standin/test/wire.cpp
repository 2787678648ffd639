#include "tests/standin/test/wire.hpp"

#include <boost/asio/write.hpp>

namespace leafgate::standin {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

TlsConnection::TlsConnection(std::uint16_t port, const std::string& server_name,
                             const std::vector<Made>& chain) {
  if (!chain.empty()) {
    std::string text;
    for (const Made& each : chain) text += each.pem();
    context_.use_certificate_chain(asio::buffer(text));
    context_.use_private_key(asio::buffer(chain.front().key_pem()), asio::ssl::context::pem);
  }
  stream_ = std::make_unique<Stream>(io_, context_);
  stream_->next_layer().connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  SSL_set_tlsext_host_name(stream_->native_handle(), server_name.c_str());
  stream_->handshake(asio::ssl::stream_base::client);
}

void TlsWire::write(const std::string& octets) {
  error_code ignored;
  asio::write(connection_.stream(), asio::buffer(octets), ignored);
}

std::string TlsWire::read_some() {
  std::string chunk(4096, '\0');
  error_code ec;
  chunk.resize(connection_.stream().read_some(asio::buffer(chunk), ec));
  return chunk;
}

}  // namespace leafgate::standin

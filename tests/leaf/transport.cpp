#include "tests/leaf/transport.hpp"

#include <stdexcept>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

namespace leafgate::leaf {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::shared_ptr<asio::ssl::context> client_context(const std::string& ca_file, const std::string& tls,
                                                   const std::string& certificate_file,
                                                   const std::string& key_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  context->load_verify_file(ca_file);
  context->set_verify_mode(asio::ssl::verify_peer);
  if (!certificate_file.empty()) {
    context->use_certificate_chain_file(certificate_file);
    context->use_private_key_file(key_file, asio::ssl::context::pem);
  }
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, tls == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  if (tls == "1.2") SSL_CTX_set_max_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

Transport::Transport(const asio::any_io_executor& executor, asio::ssl::context& context,
                     const std::string& server_name)
    : stream_(executor, context) {
  error_code not_an_address;
  asio::ip::make_address(server_name, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(stream_.native_handle(), server_name.c_str());
  stream_.set_verify_callback(asio::ssl::host_name_verification(server_name));
}

void Transport::open(const tcp::endpoint& gateway, const asio::ip::address& local,
                     std::shared_ptr<Events> events) {
  events_ = std::move(events);
  error_code ec;
  stream_.next_layer().open(gateway.protocol(), ec);
  if (!ec && !local.is_unspecified()) {
    // The port is chosen at connect, so that one address can hold more connections than it has free ports.
    const int on = 1;
    ::setsockopt(stream_.next_layer().native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    stream_.next_layer().bind(tcp::endpoint(local, 0), ec);
  }
  if (!ec) return connect(gateway);
  // Not from inside open(): the caller is not ready for an event yet.
  asio::post(stream_.get_executor(), [self = shared_from_this(), why = ec.message()] { self->fail(why); });
}

void Transport::connect(const tcp::endpoint& gateway) {
  stream_.next_layer().async_connect(gateway, [self = shared_from_this()](error_code ec) {
    if (ec) return self->fail("connect: " + ec.message());
    error_code ignored;
    self->stream_.next_layer().set_option(tcp::no_delay(true), ignored);
    self->secure();
  });
}

void Transport::secure() {
  stream_.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code ec) {
    if (ec) return self->fail("tls: " + ec.message());
    if (self->events_) self->events_->opened();
    self->read();
  });
}

void Transport::read() {
  stream_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](error_code ec, std::size_t n) {
    if (ec) return self->fail("read: " + ec.message());
    self->deliver(n);
    if (self->events_) self->read();
  });
}

void Transport::deliver(std::size_t size) {
  reader_.feed({chunk_.data(), size});
  while (events_) {
    const auto packet = reader_.next();
    if (!packet) break;
    // A handler may close() and so drop the last other reference.
    const std::shared_ptr<Events> receiver = events_;
    receiver->packet(*packet);
  }
  if (events_ && !reader_.defect().empty()) fail("not MQTT: " + reader_.defect());
}

void Transport::send(const std::string& bytes) {
  queued_ += bytes;
  if (writing_.empty()) write();
}

void Transport::write() {
  writing_ = std::exchange(queued_, {});
  if (writing_.empty()) {
    error_code ignored;
    if (closing_) stream_.next_layer().close(ignored);
    return;
  }
  asio::async_write(stream_, asio::buffer(writing_), [self = shared_from_this()](error_code ec, std::size_t) {
    self->writing_.clear();
    if (ec) return self->fail("write: " + ec.message());
    self->write();
  });
}

void Transport::close() {
  events_.reset();
  closing_ = true;
  if (writing_.empty()) write();
}

void Transport::fail(const std::string& why) {
  error_code ignored;
  stream_.next_layer().close(ignored);
  if (const auto receiver = std::exchange(events_, nullptr)) receiver->lost(why);
}

}  // namespace leafgate::leaf

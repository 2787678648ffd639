#include "tests/standin/server.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>

namespace leafgate::standin {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

void impose(const TlsRules& rules, SSL_CTX* context) {
  const int only = rules.version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION;
  bool good = rules.version.empty() || (SSL_CTX_set_min_proto_version(context, only) == 1 &&
                                        SSL_CTX_set_max_proto_version(context, only) == 1);
  if (!rules.client_signatures.empty())
    good = SSL_CTX_set1_client_sigalgs_list(context, rules.client_signatures.c_str()) == 1 && good;
  if (!good) throw std::runtime_error("OpenSSL does not take these rules for TLS");
}

}  // namespace

std::shared_ptr<asio::ssl::context> server_context(const std::string& certificate_file,
                                                   const std::string& key_file, const TlsRules& rules) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  context->use_certificate_chain_file(certificate_file);
  context->use_private_key_file(key_file, asio::ssl::context::pem);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  static constexpr std::string_view name = "dps-standin";
  SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>(name.data()), name.size());
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  ask_for_certificates(native);
  impose(rules, native);
  return context;
}

Server::Server(asio::io_context& io, tcp::endpoint at, std::shared_ptr<asio::ssl::context> context,
               Speak speak, std::function<bool()> refuse)
    : endpoint_(at),
      context_(std::move(context)),
      speak_(std::move(speak)),
      refuse_(std::move(refuse)),
      acceptor_(io) {
  listen();
}

void Server::listen() {
  acceptor_.open(endpoint_.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(endpoint_);
  acceptor_.listen(4096);
  endpoint_ = acceptor_.local_endpoint();
  accept();
}

void Server::up() {
  if (!is_up()) listen();
}

void Server::down(bool cut_connections) {
  error_code ignored;
  acceptor_.close(ignored);
  if (!cut_connections) return;
  const auto live = std::exchange(connections_, {});
  for (const auto& weak : live) {
    if (const auto connection = weak.lock()) connection->reset();
  }
}

void Server::accept() {
  acceptor_.async_accept([this](error_code ec, tcp::socket socket) {
    if (!acceptor_.is_open()) {
      if (!ec) reset_socket(socket);
      return;
    }
    if (!ec) take_in(std::move(socket));
    accept();
  });
}

void Server::take_in(tcp::socket socket) {
  ++counters_->accepted;
  if (refuse_ && refuse_()) {
    ++counters_->refused;
    return reset_socket(socket);
  }
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto connection = context_ ? make_tls_connection(std::move(socket), *context_, speak_, counters_)
                                   : make_plain_connection(std::move(socket), speak_, counters_);
  // The list only has to find live ones; it is swept when it has doubled.
  if (connections_.size() > 2 * counters_->open + 64) {
    std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
  }
  connections_.push_back(connection);
  connection->start();
}

tcp::endpoint parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos || std::from_chars(text.data() + colon + 1, end, port).ptr != end) {
    throw std::runtime_error("not ADDRESS:PORT: " + text);
  }
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  if (ec) throw std::runtime_error("not an address: " + host);
  return {address, port};
}

}  // namespace leafgate::standin

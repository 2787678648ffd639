#include "tests/leaf/test/scripted_gateway.hpp"

#include <array>
#include <cstdio>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace leafgate::leaf {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
namespace {

void make_certificate(const std::string& certificate_file, const std::string& key_file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("gateway"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1,DNS:gateway.test");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* out = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

std::size_t u16_at(const std::string& body, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(body[at])) * 256 +
         static_cast<unsigned char>(body[at + 1]);
}

std::string packet(unsigned head, const std::string& body) {
  std::string out(1, static_cast<char>(head));
  std::size_t length = body.size();
  for (; length > 127; length /= 128) out.push_back(static_cast<char>(0x80U | (length % 128)));
  out.push_back(static_cast<char>(length));
  return out + body;
}

}  // namespace

ScriptedGateway::ScriptedGateway(const std::string& folder, Script script)
    : folder_(folder), script_(std::move(script)) {
  make_certificate(ca_file(), folder_ + "/gateway.key");
  context_.use_certificate_chain_file(ca_file());
  context_.use_private_key_file(folder_ + "/gateway.key", asio::ssl::context::pem);
  acceptor_.open(tcp::v4());
  acceptor_.bind({asio::ip::address_v4::loopback(), 0});
  acceptor_.listen();
  port_ = acceptor_.local_endpoint().port();
  acceptor_thread_ = std::thread([this] { accept_all(); });
}

ScriptedGateway::~ScriptedGateway() {
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes the blocked accept
  acceptor_thread_.join();
  for (std::thread& thread : threads_) thread.join();
}

void ScriptedGateway::accept_all() {
  for (;;) {
    error_code ec;
    tcp::socket socket(io_);
    acceptor_.accept(socket, ec);
    if (ec) return;
    ++connections_;
    threads_.emplace_back([this, s = std::move(socket)]() mutable { serve(std::move(s)); });
  }
}

void ScriptedGateway::serve(tcp::socket socket) {
  Stream stream(std::move(socket), context_);
  error_code ec;
  stream.handshake(asio::ssl::stream_base::server, ec);
  std::string id;
  while (!ec) {
    std::array<unsigned char, 1> octet{};
    asio::read(stream, asio::buffer(octet), ec);
    const std::uint8_t head = octet[0];
    std::size_t length = 0;
    for (unsigned shift = 0; !ec; shift += 7) {
      asio::read(stream, asio::buffer(octet), ec);
      length |= static_cast<std::size_t>(octet[0] & 0x7fU) << shift;
      if ((octet[0] & 0x80U) == 0) break;
    }
    std::string body(length, '\0');
    if (!ec) asio::read(stream, asio::buffer(body), ec);
    if (!ec && !answer(stream, head, body, id)) return;
  }
}

bool ScriptedGateway::answer(Stream& stream, std::uint8_t head, const std::string& body, std::string& id) {
  std::string out;
  switch (head >> 4) {
    case 1:
      id = body.substr(12, u16_at(body, 10));
      out = packet(0x20, std::string(2, '\0'));
      break;
    case 8:
      out = packet(0x90, body.substr(0, 2) + '\1');
      break;
    case 10:
      out = packet(0xb0, body.substr(0, 2));
      break;
    case 12:
      out = packet(0xd0, "");
      break;
    case 14:
      return false;
    case 3: {
      const std::size_t topic_length = u16_at(body, 0);
      const std::string topic = body.substr(2, topic_length);
      if ((head & 6U) != 0) out = packet(0x40, body.substr(2 + topic_length, 2));
      const std::size_t rid = topic.find("$rid=") + 5;
      const std::lock_guard lock(one_at_a_time_);
      const Reply reply = script_(topic.find("/PUT/") != std::string::npos, id);
      if (reply.hang_up) return false;
      const std::string response = "$dps/registrations/res/" + std::to_string(reply.status) +
                                   "/?$rid=" + topic.substr(rid, topic.find('&', rid) - rid) + reply.query;
      const std::string length{static_cast<char>(response.size() / 256),
                               static_cast<char>(response.size() % 256)};
      out += packet(0x32, length + response + std::string("\0\1", 2) + reply.body);
      break;
    }
    default:
      return true;  // PUBACK
  }
  error_code ec;
  asio::write(stream, asio::buffer(out), ec);
  return !ec;
}

}  // namespace leafgate::leaf

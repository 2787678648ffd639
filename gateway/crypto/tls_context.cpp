#include "gateway/crypto/tls_context.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "gateway/crypto/client_certificate.hpp"
#include "gateway/crypto/openssl_error.hpp"

namespace leafgate::crypto {
namespace {

constexpr const char* ciphers_12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* ciphers_13 =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
constexpr const char* groups = "X25519:P-256:P-384";
// Why a file gives nothing, where the system knows: what OpenSSL says of that is its whole queue of errors.
std::string why_closed(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return ": " + std::generic_category().message(errno);
  std::fclose(file);
  return {};
}

constexpr long ticket_life_seconds = 24L * 3600;  // at least this long a key is accepted

// OpenSSL asks for the key of a ticket, SSL_CTX_set_tlsext_ticket_key_evp_cb(3). Gives 1 to use it, 2 to use
// it and issue a new ticket, 0 for a full handshake, -1 when broken.
int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
               int sealing) {
  auto* keys = static_cast<TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const auto install = [&](const TicketKeys::Key& key) {
    // OSSL_PARAM has no const form; the octets are only read.
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<std::uint8_t*>(key.mac.data()),
                                          key.mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
        OSSL_PARAM_construct_end()};
    if (EVP_MAC_CTX_set_params(mac, parameters) != 1) return false;
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, sealing) == 1;
  };
  if (sealing == 1) {
    // In TLS 1.2 the promised ticket is then sent empty (RFC 5077 §3.3), which is none.
    if (has_client_certificate(ssl)) return 0;
    const TicketKeys::Key key = keys->current();
    std::copy(key.name.begin(), key.name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
    return install(key) ? 1 : -1;
  }
  const auto found = keys->find({name, std::tuple_size_v<decltype(TicketKeys::Key::name)>});
  if (!found) return 0;
  if (!install(found->key)) return -1;
  // A ticket of TLS 1.3 is for one use (RFC 8446 §C.4): without a new one the leaf could not resume again.
  const bool for_one_use = SSL_version(ssl) >= TLS1_3_VERSION;
  return found->newest && !for_one_use ? 1 : 2;
}

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("openssl: ") + what + ": " + drain_errors());
}

}  // namespace

TlsContext::TlsContext(bool for_server)
    : context_(SSL_CTX_new(for_server ? TLS_server_method() : TLS_client_method()), SSL_CTX_free) {
  check(context_ != nullptr, "no context");
  SSL_CTX* context = context_.get();
  // 112 bits: no RSA below 2048, no SHA-1, whatever this system's default is.
  SSL_CTX_set_security_level(context, 2);
  check(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1, "TLS 1.2");
  check(SSL_CTX_set_cipher_list(context, ciphers_12) == 1, "ciphers of TLS 1.2");
  check(SSL_CTX_set_ciphersuites(context, ciphers_13) == 1, "ciphers of TLS 1.3");
  check(SSL_CTX_set1_groups_list(context, groups) == 1, "groups");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Buffers are given back while a connection idles: 15 instead of 30 KiB. A write is retried from wherever
  // its octets are then, and may take a part.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

Result<void> TlsContext::use(const ServerIdentity& identity) {
  SSL_CTX* context = context_.get();
  const auto& chain = identity.chain();
  bool good = SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, identity.key()) == 1;
  for (std::size_t i = 1; good && i < chain.size(); ++i) {
    good = SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  }
  // A key too small for OpenSSL's security level ends here, for instance.
  if (!good) return Error(Errc::unsupported, identity.info().subject + ": " + drain_errors());
  return Result<void>();
}

Result<std::shared_ptr<TlsContext>> TlsContext::server(const ServerIdentity& identity,
                                                       std::shared_ptr<TicketKeys> tickets) {
  const std::shared_ptr<TlsContext> made(new TlsContext(true));
  auto used = made->use(identity);
  if (!used) return used.error();
  SSL_CTX* context = made->context_.get();
  made->tickets_ = std::move(tickets);
  SSL_CTX_set_app_data(context, made->tickets_.get());
  check(SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key) == 1, "ticket callback");
  check(SSL_CTX_set_num_tickets(context, 1) == 1, "one ticket");  // each costs 27 µs
  check(SSL_CTX_set_max_early_data(context, 0) == 1, "no early data");
  ask_for_certificates(context);
  SSL_CTX_set_timeout(context, ticket_life_seconds);
  // Tickets of another server are not ours, nor are those of another certificate: who resumed would go on
  // trusting what it saw once.
  std::array<unsigned char, EVP_MAX_MD_SIZE> id{};
  unsigned int size = 0;
  check(X509_digest(identity.chain().front().get(), EVP_sha256(), id.data(), &size) == 1, "fingerprint");
  check(SSL_CTX_set_session_id_context(context, id.data(), size) == 1, "session id");
  return made;
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const std::string& ca_file) {
  const std::shared_ptr<TlsContext> made(new TlsContext(false));
  SSL_CTX* context = made->context_.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (ca_file.empty()) {
    check(SSL_CTX_set_default_verify_paths(context) == 1, "system roots");
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    (void)drain_errors();
    return Error(Errc::malformed, ca_file + ": no CA certificates can be read" + why_closed(ca_file));
  }
  return made;
}

}  // namespace leafgate::crypto

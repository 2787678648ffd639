#include "gateway/crypto/client_certificate.hpp"

#include <stdexcept>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "gateway/crypto/openssl_error.hpp"

namespace leafgate::crypto {
namespace {

constexpr const char* client_signatures =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:"
    "RSA+SHA256:RSA+SHA384:RSA+SHA512";
constexpr int widest_rsa = 4096;

bool has_readable_dates(const X509* certificate) {
  return ASN1_TIME_check(X509_get0_notBefore(certificate)) == 1 &&
         ASN1_TIME_check(X509_get0_notAfter(certificate)) == 1;
}

bool is_bearable(const STACK_OF(X509) * chain) {
  if (sk_X509_num(chain) > static_cast<int>(CertificateChain::most)) return false;
  for (int i = 0; i < sk_X509_num(chain); ++i)
    if (!has_readable_dates(sk_X509_value(chain, i))) return false;
  return true;
}

// In the place of OpenSSL's verification, SSL_CTX_set_cert_verify_callback(3).
int look_at_chain(X509_STORE_CTX* context, void* /*unused*/) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const EVP_PKEY* key = X509_get0_pubkey(X509_STORE_CTX_get0_cert(context));
  const bool bearable = is_bearable(X509_STORE_CTX_get0_untrusted(context)) && key != nullptr &&
                        (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) <= widest_rsa);
  ERR_clear_error();
  X509_STORE_CTX_set_error(context, bearable ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  if (!bearable) return 0;
  SSL_set_num_tickets(ssl, 0);  // of TLS 1.3; that of TLS 1.2 is withheld when it would be sealed
  return 1;
}

}  // namespace

void ask_for_certificates(ssl_ctx_st* context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, look_at_chain, nullptr);
  SSL_CTX_set_max_cert_list(context, static_cast<long>(CertificateChain::largest));
  if (SSL_CTX_set1_client_sigalgs_list(context, client_signatures) != 1)
    throw std::runtime_error("openssl: signatures of clients: " + drain_errors());
}

bool has_client_certificate(const ssl_st* ssl) { return SSL_get0_peer_certificate(ssl) != nullptr; }

std::shared_ptr<const CertificateChain> shown_chain(const ssl_st* ssl) {
  X509* leaf = SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr) return nullptr;
  auto chain = std::make_shared<CertificateChain>();
  auto first = Certificate::adopt(leaf);
  if (!first) return nullptr;
  chain->certificates.push_back(std::move(*first));
  // At the server's side without the leaf itself.
  const STACK_OF(X509)* above = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; above != nullptr && i < sk_X509_num(above); ++i) {
    auto next = Certificate::adopt(sk_X509_value(above, i));
    if (!next) return nullptr;
    chain->certificates.push_back(std::move(*next));
  }
  return chain;
}

}  // namespace leafgate::crypto

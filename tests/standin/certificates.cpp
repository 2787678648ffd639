#include "tests/standin/certificates.hpp"

#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace leafgate::standin {
namespace {

int accept_any(X509_STORE_CTX* context, void* /*unused*/) {
  auto* connection =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  SSL_set_num_tickets(connection, 0);  // a ticket keeps the leaf's certificate only
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

std::shared_ptr<X509> shared(X509* certificate) {
  X509_up_ref(certificate);
  return {certificate, X509_free};
}

}  // namespace

void ask_for_certificates(SSL_CTX* context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, accept_any, nullptr);
}

Certificates certificates_of(SSL* connection) {
  Certificates found;
  if (X509* own = SSL_get0_peer_certificate(connection)) found.push_back(shared(own));
  const STACK_OF(X509)* above = SSL_get_peer_cert_chain(connection);
  for (int i = 0; !found.empty() && above != nullptr && i < sk_X509_num(above); ++i)
    found.push_back(shared(sk_X509_value(above, i)));
  return found;
}

std::shared_ptr<X509> read_certificate(const std::string& text) {
  X509* certificate = nullptr;
  if (text.find("-----BEGIN") != std::string::npos) {
    BIO* memory = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    certificate = PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
    BIO_free(memory);
  } else if (const auto der = base64_decode(text)) {
    const auto* at = reinterpret_cast<const unsigned char*>(der->data());
    certificate = d2i_X509(nullptr, &at, static_cast<long>(der->size()));
  }
  if (certificate == nullptr) throw std::runtime_error("certificate is neither PEM nor DER in base64");
  return {certificate, X509_free};
}

std::string common_name(const X509& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  const ASN1_STRING* name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
          static_cast<std::size_t>(ASN1_STRING_length(name))};
}

bool lives(const X509& certificate, WallTime now) {
  std::time_t at = std::chrono::system_clock::to_time_t(now);
  return X509_cmp_time(X509_get0_notBefore(&certificate), &at) < 0 &&
         X509_cmp_time(X509_get0_notAfter(&certificate), &at) > 0;
}

bool leads_to(const Certificates& shown, X509& trusted, WallTime now) {
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, &trusted);
  STACK_OF(X509)* above = sk_X509_new_null();
  for (std::size_t i = 1; i < shown.size(); ++i) sk_X509_push(above, shown[i].get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, shown.front().get(), above);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(now));
  const bool good = X509_verify_cert(context) == 1;
  X509_STORE_CTX_free(context);
  sk_X509_free(above);
  X509_STORE_free(store);
  return good;
}

bool issued(X509& issuer, X509& subject) { return X509_check_issued(&issuer, &subject) == X509_V_OK; }

}  // namespace leafgate::standin

#include "tests/standin/test/made_certificate.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace leafgate::standin {
namespace {

std::string text_of(BIO* memory) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string out(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return out;
}

}  // namespace

std::string Made::pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate.get());
  return text_of(memory);
}

std::string Made::key_pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(memory);
}

Made make(const std::string& name, const Made* issuer) {
  Made made{{X509_new(), X509_free}, {EVP_EC_gen("P-256"), EVP_PKEY_free}};
  X509* x509 = made.certificate.get();
  const Made& by = issuer == nullptr ? made : *issuer;
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 0x1a2b);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(by.certificate.get()));
  X509_EXTENSION* basic = X509V3_EXT_conf(nullptr, nullptr, "basicConstraints",
                                          issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  X509_add_ext(x509, basic, -1);
  X509_EXTENSION_free(basic);
  X509_sign(x509, by.key.get(), EVP_sha256());
  return made;
}

}  // namespace leafgate::standin

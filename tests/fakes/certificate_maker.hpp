#pragma once

#include <string>
#include <utility>
#include <vector>

#include <openssl/params.h>
#include <openssl/x509v3.h>

#include "gateway/crypto/x509.hpp"
#include "gateway/model/time.hpp"
#include "tests/fakes/test_pki.hpp"

namespace leafgate {

// The day on which the certificates of tests are judged.
inline WallTime test_day() { return WallTime(Seconds(1'795'000'000)); }  // 2026-11-18

// Makes certificates good and bad, step by step: a P-256 leaf, signed by itself, valid a year around
// test_day().
class CertificateMaker {
 public:
  explicit CertificateMaker(const std::string& common_name) : names_{common_name} {
    extensions_ = {{"basicConstraints", "critical,CA:FALSE"}};
  }

  CertificateMaker& ca(int path_length = -1) {
    const std::string length = path_length < 0 ? "" : ",pathlen:" + std::to_string(path_length);
    extensions_ = {{"basicConstraints", "critical,CA:TRUE" + length},
                   {"keyUsage", "critical,keyCertSign,cRLSign"},
                   {"subjectKeyIdentifier", "hash"}};
    return *this;
  }
  CertificateMaker& by(const TestCertificate& issuer) { return (issuer_ = issuer, *this); }
  CertificateMaker& signed_with(const TestCertificate& other) { return (signer_ = other.key, *this); }
  CertificateMaker& key(EVP_PKEY* key) { return (key_ = {key, EVP_PKEY_free}, *this); }
  CertificateMaker& key(std::shared_ptr<EVP_PKEY> key) { return (key_ = std::move(key), *this); }
  CertificateMaker& days(int from, int to) { return (from_ = from, to_ = to, *this); }
  CertificateMaker& digest(const EVP_MD* digest) { return (digest_ = digest, *this); }
  CertificateMaker& also_named(const std::string& name) { return (names_.push_back(name), *this); }
  CertificateMaker& nameless() { return (names_.clear(), *this); }
  CertificateMaker& bare() { return (extensions_.clear(), *this); }
  CertificateMaker& with(const std::string& extension, const std::string& value) {
    for (auto& [name, old] : extensions_)
      if (name == extension) return (old = value, *this);
    extensions_.emplace_back(extension, value);
    return *this;
  }

  [[nodiscard]] TestCertificate make() const {
    TestCertificate made{{X509_new(), X509_free}, key_};
    if (!made.key) made.key = {EVP_EC_gen("P-256"), EVP_PKEY_free};
    X509* x509 = made.certificate.get();
    X509_set_version(x509, extensions_.empty() ? X509_VERSION_1 : X509_VERSION_3);
    static long serial = 1000;
    ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
    date(X509_getm_notBefore(x509), from_);
    date(X509_getm_notAfter(x509), to_);
    X509_set_pubkey(x509, made.key.get());
    X509_NAME* name = X509_get_subject_name(x509);
    add(name, "O", "Site 3");
    for (const std::string& each : names_) add(name, "CN", each);
    const TestCertificate& issuer = issuer_.certificate ? issuer_ : made;
    X509_set_issuer_name(x509, X509_get_subject_name(issuer.certificate.get()));
    for (const auto& [extension, value] : extensions_)
      extend(x509, issuer.certificate.get(), extension, value);
    X509_sign(x509, signer_ ? signer_.get() : issuer.key.get(), digest_);
    return made;
  }

 private:
  static void add(X509_NAME* name, const char* type, const std::string& text) {
    X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()), -1, 0);
  }
  static void date(ASN1_TIME* into, int day) {
    ASN1_TIME_set(into, std::chrono::floor<Seconds>(test_day()).time_since_epoch().count() + 86'400L * day);
  }
  static void extend(X509* x509, X509* issuer, const std::string& name, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf(nullptr, &context, name.c_str(), value.c_str());
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::vector<std::string> names_;
  std::vector<std::pair<std::string, std::string>> extensions_;
  TestCertificate issuer_;
  std::shared_ptr<EVP_PKEY> signer_;
  std::shared_ptr<EVP_PKEY> key_;
  const EVP_MD* digest_ = EVP_sha256();
  int from_ = -180;
  int to_ = 180;
};

// A public RSA key of this width: to make a true one takes seconds.
inline EVP_PKEY* wide_rsa_key(std::size_t bits) {
  Bytes modulus(bits / 8, 0xab);
  unsigned exponent = 65537;
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_BN("n", modulus.data(), modulus.size()),
                             OSSL_PARAM_construct_uint("e", &exponent), OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
  EVP_PKEY_CTX_free(context);
  return key;
}

inline crypto::Certificate as_certificate(const TestCertificate& made) {
  return crypto::Certificate::adopt(made.certificate.get()).value();
}

inline Bytes der_of(const TestCertificate& made) { return as_certificate(made).der(); }

inline std::string pem_of(const TestCertificate& made) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, made.certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string out(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return out;
}

}  // namespace leafgate

#pragma once

#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/fakes/temporary_folder.hpp"

namespace leafgate {

// A certificate of a test and its key.
struct TestCertificate {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
};

// Makes a certificate for `common_name` that lives from a day ago for `days` days, signed by `issuer` or by
// itself. `names` is subjectAltName in OpenSSL's spelling ("DNS:gw.example,IP:127.0.0.1"), empty for a CA;
// `usage` is extendedKeyUsage in the same ("clientAuth"). A day ago is one moment for all of a program: made
// on both sides of a second's end, a chain's certificates would otherwise not end as many days apart as they
// were asked to.
inline TestCertificate make_test_certificate(const std::string& common_name, const std::string& names,
                                             const TestCertificate* issuer = nullptr, int days = 90,
                                             EVP_PKEY* key = nullptr, const std::string& usage = {}) {
  TestCertificate made{{X509_new(), X509_free}, {key != nullptr ? key : EVP_EC_gen("P-256"), EVP_PKEY_free}};
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  static long serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  static std::time_t now = std::time(nullptr);
  X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, &now);
  X509_time_adj_ex(X509_getm_notAfter(certificate), days - 1, 0, &now);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  const TestCertificate& by = issuer != nullptr ? *issuer : made;
  X509_set_issuer_name(certificate, X509_get_subject_name(by.certificate.get()));
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, by.certificate.get(), certificate, nullptr, nullptr, 0);
  const auto add = [&](int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  };
  add(NID_basic_constraints, names.empty() ? "critical,CA:TRUE" : "CA:FALSE");
  add(NID_subject_key_identifier, "hash");
  if (!names.empty()) add(NID_subject_alt_name, names);
  if (!usage.empty()) add(NID_ext_key_usage, usage);
  X509_sign(certificate, by.key.get(), EVP_sha256());
  return made;
}

// A CA and a server certificate as files, gone with it.
class TestPki {
 public:
  explicit TestPki(const std::string& names = "DNS:gw.example,IP:127.0.0.1",
                   const std::string& ca_name = "test ca")
      : ca_(make_test_certificate(ca_name, "")), server_(make_test_certificate("gw", names, &ca_)) {
    write(ca_file(), {ca_});
    write(certificate_file(), {server_});
    write_key(key_file(), server_);
  }

  [[nodiscard]] std::string ca_file() const { return folder_.path() + "/ca.pem"; }
  [[nodiscard]] std::string certificate_file() const { return folder_.path() + "/server.pem"; }
  [[nodiscard]] std::string key_file() const { return folder_.path() + "/server.key"; }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  [[nodiscard]] const TestCertificate& ca() const { return ca_; }
  [[nodiscard]] const TestCertificate& server() const { return server_; }

  static void write(const std::string& path, const std::vector<TestCertificate>& chain) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    for (const auto& each : chain) PEM_write_X509(file, each.certificate.get());
    std::fclose(file);
  }
  static void write_key(const std::string& path, const TestCertificate& of,
                        const char* passphrase = nullptr) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_PKCS8PrivateKey(file, of.key.get(), passphrase != nullptr ? EVP_aes_128_cbc() : nullptr,
                              nullptr, 0, nullptr, const_cast<char*>(passphrase));
    std::fclose(file);
  }

 private:
  TemporaryFolder folder_;
  TestCertificate ca_;
  TestCertificate server_;
};

}  // namespace leafgate

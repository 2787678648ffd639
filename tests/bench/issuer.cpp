#include "tests/bench/issuer.hpp"

#include <cstdio>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace leafgate::bench {
namespace {

constexpr long version_3 = 2;
constexpr long day = 24L * 3600;

void check(bool good, const std::string& what) {
  if (!good) throw std::runtime_error("issuer: " + what);
}

template <class Read>
auto read_pem(const std::string& file, Read read) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "r"), std::fclose);
  auto* found = in ? read(in.get(), nullptr, nullptr, nullptr) : nullptr;
  check(found != nullptr, file + " cannot be read");
  return found;
}

void add_extension(X509* certificate, int nid, const char* value) {
  std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value), X509_EXTENSION_free);
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

}  // namespace

Issuer::Issuer(const std::string& ca_file, const std::string& key_file)
    : ca_(read_pem(ca_file, PEM_read_X509), X509_free),
      ca_key_(read_pem(key_file, PEM_read_PrivateKey), EVP_PKEY_free),
      key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
  check(key_ != nullptr, "no key");
}

std::shared_ptr<X509> Issuer::certificate(const std::string& common_name) const {
  std::shared_ptr<X509> out(X509_new(), X509_free);
  X509* made = out.get();
  check(made != nullptr && X509_set_version(made, version_3) == 1, "no certificate");
  std::uint32_t number = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof(number)) == 1, "no number");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), number);
  X509_gmtime_adj(X509_getm_notBefore(made), -day);
  X509_gmtime_adj(X509_getm_notAfter(made), day);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made, X509_get_subject_name(ca_.get()));
  X509_set_pubkey(made, key_.get());
  add_extension(made, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made, NID_ext_key_usage, "clientAuth");
  check(X509_sign(made, ca_key_.get(), EVP_sha256()) > 0, "not signed");
  return out;
}

}  // namespace leafgate::bench

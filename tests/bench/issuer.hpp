#pragma once

#include <memory>
#include <string>

#include <openssl/x509.h>

namespace leafgate::bench {

// Makes what X.509 leaves show: a certificate each under one CA, and one key for all of them, which saves the
// client time and the server none.
class Issuer {
 public:
  // PEM files of the CA. Throws std::runtime_error.
  Issuer(const std::string& ca_file, const std::string& key_file);

  // Valid for a day, for TLS clients, with `common_name` as its CN. Throws std::runtime_error.
  std::shared_ptr<X509> certificate(const std::string& common_name) const;
  const std::shared_ptr<EVP_PKEY>& key() const { return key_; }

 private:
  std::shared_ptr<X509> ca_;
  std::shared_ptr<EVP_PKEY> ca_key_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace leafgate::bench

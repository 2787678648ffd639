#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace leafgate::standin {

struct Made {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;

  std::string pem() const;
  std::string key_pem() const;
};

// Alive for an hour; signed by `issuer`, or by itself: then a CA.
Made make(const std::string& name, const Made* issuer = nullptr);

}  // namespace leafgate::standin

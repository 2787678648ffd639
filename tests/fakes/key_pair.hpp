#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace leafgate {

// A key pair in PEM, made anew: KeyPair(EVP_EC_gen("P-256")).
struct KeyPair {
  explicit KeyPair(EVP_PKEY* made) : key(made, EVP_PKEY_free) {
    if (!key) throw std::runtime_error("no key was made");
    public_pem = text([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); });
    private_pem = text([&](BIO* bio) {
      return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  template <class F>
  static std::string text(F write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    if (write(bio.get()) != 1) throw std::runtime_error("no PEM was written");
    char* octets = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &octets);
    return {octets, static_cast<std::size_t>(size)};
  }

  std::shared_ptr<EVP_PKEY> key;
  std::string public_pem;
  std::string private_pem;
};

}  // namespace leafgate

#include "tests/leaf/tpm_text.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "tests/leaf/encoding.hpp"
#include "tests/leaf/sas.hpp"

namespace leafgate::leaf {
namespace {

constexpr std::size_t modulus_size = 256;

unsigned char* octets_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string tpm_registration_id(std::string_view endorsement_area) {
  std::string digest(32, '\0');
  EVP_Digest(endorsement_area.data(), endorsement_area.size(), octets_of(digest), nullptr, EVP_sha256(),
             nullptr);
  return base32(digest);
}

std::string forged_area(std::string area) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIGNUM* modulus = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus);
  BN_bn2binpad(modulus, octets_of(area) + (area.size() - modulus_size), modulus_size);
  BN_free(modulus);
  EVP_PKEY_free(key);
  return area;
}

std::string random_key() {
  std::string key(32, '\0');
  RAND_bytes(octets_of(key), static_cast<int>(key.size()));
  return key;
}

std::string TokenText::token(std::string_view signature) const {
  return "SharedAccessSignature sr=" + resource + "&sig=" + percent_encode(base64(signature), true) +
         "&se=" + expires + "&skn=registration";
}

TokenText token_text(std::string_view id_scope, std::string_view registration_id, long long expires) {
  const std::string resource = std::string(id_scope) + "/registrations/" + std::string(registration_id);
  return {percent_encode(resource, true), std::to_string(expires)};
}

}  // namespace leafgate::leaf

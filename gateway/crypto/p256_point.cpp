#include "gateway/crypto/p256_point.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/p256.hpp"

namespace leafgate::crypto {
namespace {

bool is_on_p256(const EVP_PKEY* key) {
  std::string name(80, '\0');
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1 &&
         std::string_view(name).substr(0, size) == SN_X9_62_prime256v1;
}

bool read_number(const EVP_PKEY* key, const char* name, std::uint8_t* into) {
  BIGNUM* number = nullptr;
  const bool read = EVP_PKEY_get_bn_param(key, name, &number) == 1;
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> held(number, &BN_free);
  constexpr int size = p256_number_octets;
  return read && BN_bn2binpad(number, into, size) == size;
}

}  // namespace

Bytes p256_point_of(const evp_pkey_st* key) {
  Bytes point(p256_point_octets);
  point[0] = 4;
  const bool read = is_on_p256(key) && read_number(key, OSSL_PKEY_PARAM_EC_PUB_X, &point[1]) &&
                    read_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, &point[1 + p256_number_octets]);
  (void)drain_errors();
  return read ? point : Bytes();
}

}  // namespace leafgate::crypto

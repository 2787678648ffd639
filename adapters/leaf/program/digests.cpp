#include "adapters/leaf/program/digests.hpp"

#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/hmac.h>

#include "adapters/leaf/leafgate_leaf.h"
#include "adapters/leaf/program/text.hpp"

namespace leafgate::device {
namespace {

void check(bool done) {
  if (!done) throw std::runtime_error("SHA-256 is not to be had");
}

std::unique_ptr<EVP_MAC_CTX, Freed> new_mac() {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  std::unique_ptr<EVP_MAC_CTX, Freed> context(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);
  check(context != nullptr);
  return context;
}

}  // namespace

Digests::Digests(std::string_view device_key) : key_(device_key), mac_(new_mac()) {
  for (auto& hash : hashes_) hash.reset(EVP_MD_CTX_new());
}

void Digests::start(int digest) {
  if (digest != LEAFGATE_MAC)
    return check(
        EVP_DigestInit_ex2(hashes_.at(static_cast<std::size_t>(digest)).get(), EVP_sha256(), nullptr) == 1);
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                   OSSL_PARAM_construct_end()};
  check(EVP_MAC_init(mac_.get(), bytes(key_), key_.size(), parameters) == 1);
}

void Digests::add(int digest, const std::uint8_t* octets, std::size_t size) {
  if (digest == LEAFGATE_MAC) return check(EVP_MAC_update(mac_.get(), octets, size) == 1);
  check(EVP_DigestUpdate(hashes_.at(static_cast<std::size_t>(digest)).get(), octets, size) == 1);
}

void Digests::end(int digest, std::uint8_t out[32]) {
  std::size_t size = 0;
  if (digest == LEAFGATE_MAC) return check(EVP_MAC_final(mac_.get(), out, &size, 32) == 1);
  check(EVP_DigestFinal_ex(hashes_.at(static_cast<std::size_t>(digest)).get(), out, nullptr) == 1);
}

Octets sha256(std::string_view octets) {
  Octets out(32, '\0');
  check(EVP_Digest(octets.data(), octets.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
                   EVP_sha256(), nullptr) == 1);
  return out;
}

Octets hmac_sha256(std::string_view key, std::string_view octets) {
  Octets out(32, '\0');
  check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(octets), octets.size(),
             reinterpret_cast<unsigned char*>(out.data()), nullptr) != nullptr);
  return out;
}

}  // namespace leafgate::device

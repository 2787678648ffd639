#include "gateway/crypto/secret.hpp"

#include <utility>

#include <openssl/crypto.h>

namespace leafgate::crypto {

// A moved-from vector gives its allocation away, so nothing is left behind to wipe.
Secret::Secret(Secret&& other) noexcept : octets_(std::exchange(other.octets_, {})) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    octets_ = std::exchange(other.octets_, {});
  }
  return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() noexcept {
  if (!octets_.empty()) OPENSSL_cleanse(octets_.data(), octets_.size());
  octets_.clear();
}

}  // namespace leafgate::crypto

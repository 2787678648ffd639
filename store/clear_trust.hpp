#pragma once

#include <string>
#include <string_view>

#include "gateway/ports/trust.hpp"

namespace leafgate {

// Keys in clear in the store: what protects them is the mode of its folder and files, and `status` says so. A
// sealed key is an octet 1, eight octets of the digest of its row's name, and the key; so a key that got into
// another row, or was sealed by another kind of trust, is refused instead of used.
class ClearTrust : public Trust {
 public:
  explicit ClearTrust(crypto::Secret store_secret) : store_secret_(std::move(store_secret)) {}

  [[nodiscard]] Protection protection() const override { return Protection::unprotected; }
  Result<SealedKey> seal(const crypto::Secret& key, std::string_view row) override;
  Result<crypto::Secret> unseal(const SealedKey& sealed, std::string_view row) override;
  Result<crypto::Secret> derive(const SealedKey& group_key, std::string_view row,
                                std::string_view registration_id) override;
  [[nodiscard]] std::string store_mac(std::string_view message) override;

 private:
  crypto::Secret store_secret_;
};

}  // namespace leafgate

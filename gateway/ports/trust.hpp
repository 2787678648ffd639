#pragma once

#include <string_view>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"

namespace leafgate {

// How the secrets of the store are kept.
enum class Protection { unprotected, key_file, tpm };
[[nodiscard]] std::string_view to_text(Protection protection);

// Outward: the only door to stored keys. First loop only; answers at once (Errc::throttled: not now, judged
// later).
class Trust {
 public:
  virtual ~Trust() = default;

  [[nodiscard]] virtual Protection protection() const = 0;

  // Wraps a key for the store. `row` names the record it belongs to; unseal wants the same.
  virtual Result<SealedKey> seal(const crypto::Secret& key, std::string_view row) = 0;
  virtual Result<crypto::Secret> unseal(const SealedKey& sealed, std::string_view row) = 0;

  // The device key of `registration_id` (as typed: case matters) under a group key:
  // HMAC-SHA256(group key, registration_id). Source: DPS concepts-symmetric-key-attestation.
  virtual Result<crypto::Secret> derive(const SealedKey& group_key, std::string_view row,
                                        std::string_view registration_id) = 0;

  // HMAC-SHA256 under a secret of this store alone, for operation ids that need no row (semantics §4).
  [[nodiscard]] virtual std::string store_mac(std::string_view message) = 0;  // 32 octets
};

}  // namespace leafgate

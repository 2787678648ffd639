#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/sealed_key.hpp"
#include "gateway/ports/tpm.hpp"

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
  // False while the key that everything is sealed under is out of reach: then seal, unseal and derive give
  // Errc::throttled.
  [[nodiscard]] virtual bool is_open() const { return true; }

  // Wraps a key for the store. `row` names the record it belongs to; unseal wants the same.
  virtual Result<SealedKey> seal(const crypto::Secret& key, std::string_view row) = 0;
  virtual Result<crypto::Secret> unseal(const SealedKey& sealed, std::string_view row) = 0;
  // Whether unseal() would open it now, for whoever asks of very many: told by what a blob says of itself, it
  // may be wrong of one that was damaged, or put under another row. Errors: those of unseal().
  [[nodiscard]] virtual Result<void> can_open(const SealedKey& sealed, std::string_view row) {
    const auto opened = unseal(sealed, row);
    if (!opened) return opened.error();
    return {};
  }

  // The device key of `registration_id` (as typed: case matters) under a group key:
  // HMAC-SHA256(group key, registration_id). Source: DPS concepts-symmetric-key-attestation.
  virtual Result<crypto::Secret> derive(const SealedKey& group_key, std::string_view row,
                                        std::string_view registration_id) = 0;

  // A group key that lives in the TPM: how it is kept, and taken out again for the TPM to use. derive() of
  // such a key gives what know_derived() told, else Errc::throttled: whoever may ask the TPM does and tells.
  [[nodiscard]] virtual bool is_in_tpm(const SealedKey&) const { return false; }
  virtual Result<SealedKey> seal_tpm_key(const TpmHmacKey& key, std::string_view row);
  virtual Result<TpmHmacKey> unseal_tpm_key(const SealedKey& sealed, std::string_view row);
  virtual void know_derived(const SealedKey& group_key, std::string_view registration_id,
                            crypto::Secret derived);

  // HMAC-SHA256 under a secret of this store alone, for operation ids that need no row (semantics §4).
  [[nodiscard]] virtual std::string store_mac(std::string_view message) = 0;  // 32 octets
  // Under each secret that this process has had for it, the newest first: it changes when the key that
  // everything is sealed under opens or is replaced, and leaves still ask by what they were given before.
  [[nodiscard]] virtual std::vector<std::string> store_macs(std::string_view message) {
    return {store_mac(message)};
  }
};

}  // namespace leafgate

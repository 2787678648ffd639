#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ports/random.hpp"
#include "gateway/ports/trust.hpp"
#include "store/derived_cache.hpp"
#include "store/sealed_blob.hpp"

namespace leafgate {

// Secrets sealed under the keys of the ring (ports/key_ring.hpp, store/sealed_blob.hpp). The newest one that
// is open seals; each opens what it has sealed. First loop only.
class SealingTrust : public Trust {
 public:
  static constexpr std::size_t most_derived = 16'384;

  explicit SealingTrust(Random& random);

  [[nodiscard]] Protection protection() const override { return protection_; }
  [[nodiscard]] bool is_open() const override;
  Result<SealedKey> seal(const crypto::Secret& key, std::string_view row) override;
  Result<crypto::Secret> unseal(const SealedKey& sealed, std::string_view row) override;
  [[nodiscard]] Result<void> can_open(const SealedKey& sealed, std::string_view row) override;
  Result<crypto::Secret> derive(const SealedKey& group_key, std::string_view row,
                                std::string_view registration_id) override;
  [[nodiscard]] bool is_in_tpm(const SealedKey& sealed) const override;
  Result<SealedKey> seal_tpm_key(const TpmHmacKey& key, std::string_view row) override;
  Result<TpmHmacKey> unseal_tpm_key(const SealedKey& sealed, std::string_view row) override;
  void know_derived(const SealedKey& group_key, std::string_view registration_id,
                    crypto::Secret derived) override;
  [[nodiscard]] std::string store_mac(std::string_view message) override;
  [[nodiscard]] std::vector<std::string> store_macs(std::string_view message) override;

  // What the ring says.
  void expect(std::int64_t id) { expected_.insert(id); }  // a key there is, open or not
  void open(SealingKey key);
  void set_protection(Protection protection) { protection_ = protection; }
  // Where what was clear could not be sealed at the start. For good: a record in memory outlives its row's
  // being sealed.
  void allow_clear(bool allowed) { clear_allowed_ = allowed; }
  [[nodiscard]] const SealingKeys& keys() const { return keys_; }

  // The same secret under the newest key, for what is about to be written: what was read earlier may be under
  // a key that was replaced meanwhile. What cannot be opened is given back as it is.
  [[nodiscard]] SealedKey renewed(SealedKey sealed, std::string_view row) const;

 private:
  Result<const SealingKey*> key_of(const SealedKey& sealed, BlobKind kind) const;  // null: it is clear
  Result<crypto::Secret> open_blob(const SealedKey& sealed, std::string_view row, BlobKind kind) const;
  Result<SealedKey> seal_blob(BlobKind kind, std::string_view row, ByteView plain) const;

  std::set<std::int64_t> expected_;
  SealingKeys keys_;
  Protection protection_ = Protection::key_file;
  bool clear_allowed_ = false;
  crypto::Secret passing_mac_;  // of this process alone, while no key is open
  bool passing_used_ = false;
  DerivedCache derived_{most_derived};
};

}  // namespace leafgate

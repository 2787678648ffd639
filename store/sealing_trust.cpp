#include "store/sealing_trust.hpp"

#include "gateway/crypto/hmac.hpp"
#include "store/tpm_codec.hpp"

namespace leafgate {
namespace {

Error out_of_reach() { return {Errc::throttled, "the key that seals the store's secrets is out of reach"}; }

std::string mac_under(const crypto::Secret& key, std::string_view message) {
  const auto mac = crypto::hmac_sha256(key.view(), as_bytes(message));
  return std::string(as_text(mac));
}

}  // namespace

SealingTrust::SealingTrust(Random& random) : passing_mac_(SealingKey::octets) {
  random.fill(passing_mac_.writable());
}

bool SealingTrust::is_open() const {
  return !keys_.empty() && (expected_.empty() || keys_.rbegin()->first >= *expected_.rbegin());
}

void SealingTrust::open(SealingKey key) {
  const std::int64_t id = key.id();
  expected_.insert(id);
  keys_.insert_or_assign(id, std::move(key));
}

Result<SealedKey> SealingTrust::seal_blob(BlobKind kind, std::string_view row, ByteView plain) const {
  if (keys_.empty()) return out_of_reach();
  return SealedKey{keys_.rbegin()->second.seal(kind, row, plain)};
}

Result<const SealingKey*> SealingTrust::key_of(const SealedKey& sealed, BlobKind kind) const {
  const auto head = read_head(sealed.blob);
  if (!head || (head->kind != kind && !(head->kind == BlobKind::clear && kind == BlobKind::secret)))
    return Error(Errc::refused, "this is no secret of this kind");
  if (head->kind == BlobKind::clear) {
    if (clear_allowed_) return static_cast<const SealingKey*>(nullptr);
    return Error(Errc::refused, "a secret in clear among sealed ones");
  }
  const auto key = keys_.find(head->key);
  if (key != keys_.end()) return &key->second;
  if (expected_.contains(head->key)) return out_of_reach();
  return Error(Errc::refused, "the secret was sealed with a key that is not in this store");
}

Result<crypto::Secret> SealingTrust::open_blob(const SealedKey& sealed, std::string_view row,
                                               BlobKind kind) const {
  const auto key = key_of(sealed, kind);
  if (!key) return key.error();
  return *key != nullptr ? (*key)->open(sealed.blob, row) : open_clear(sealed.blob, row);
}

Result<SealedKey> SealingTrust::seal(const crypto::Secret& key, std::string_view row) {
  return seal_blob(BlobKind::secret, row, key.view());
}

Result<crypto::Secret> SealingTrust::unseal(const SealedKey& sealed, std::string_view row) {
  return open_blob(sealed, row, BlobKind::secret);
}

Result<void> SealingTrust::can_open(const SealedKey& sealed, std::string_view) {
  const auto key = key_of(sealed, BlobKind::secret);
  if (!key) return key.error();
  return {};
}

Result<crypto::Secret> SealingTrust::derive(const SealedKey& group_key, std::string_view row,
                                            std::string_view registration_id) {
  if (is_in_tpm(group_key)) {
    if (const auto* known = derived_.find(group_key.blob, registration_id)) return known->copy();
    return Error(Errc::throttled, "the TPM has not derived this key yet");
  }
  const auto key = unseal(group_key, row);
  if (!key) return key.error();
  const auto derived = crypto::hmac_sha256(key->view(), as_bytes(registration_id));
  return crypto::Secret(ByteView(derived));
}

bool SealingTrust::is_in_tpm(const SealedKey& sealed) const {
  const auto head = read_head(sealed.blob);
  return head && head->kind == BlobKind::tpm_key;
}

Result<SealedKey> SealingTrust::seal_tpm_key(const TpmHmacKey& key, std::string_view row) {
  const crypto::Secret plain = encode_hmac_key(key);
  return seal_blob(BlobKind::tpm_key, row, plain.view());
}

Result<TpmHmacKey> SealingTrust::unseal_tpm_key(const SealedKey& sealed, std::string_view row) {
  const auto plain = open_blob(sealed, row, BlobKind::tpm_key);
  if (!plain) return plain.error();
  return decode_hmac_key(plain->view());
}

void SealingTrust::know_derived(const SealedKey& group_key, std::string_view registration_id,
                                crypto::Secret derived) {
  derived_.put(group_key.blob, registration_id, std::move(derived));
}

std::string SealingTrust::store_mac(std::string_view message) {
  passing_used_ = passing_used_ || keys_.empty();
  return mac_under(keys_.empty() ? passing_mac_ : keys_.rbegin()->second.mac_key(), message);
}

// Keys that were replaced stay here until the end.
std::vector<std::string> SealingTrust::store_macs(std::string_view message) {
  std::vector<std::string> macs;
  for (auto key = keys_.rbegin(); key != keys_.rend(); ++key)
    macs.push_back(mac_under(key->second.mac_key(), message));
  if (passing_used_) macs.push_back(mac_under(passing_mac_, message));
  return macs;
}

SealedKey SealingTrust::renewed(SealedKey sealed, std::string_view row) const {
  const auto head = read_head(sealed.blob);
  if (!head || keys_.empty()) return sealed;
  const SealingKey& newest = keys_.rbegin()->second;
  const bool clear = head->kind == BlobKind::clear;
  const auto key = keys_.find(head->key);
  if (head->key == newest.id() || (key == keys_.end() && !(clear && clear_allowed_))) return sealed;
  const auto plain = clear ? open_clear(sealed.blob, row) : key->second.open(sealed.blob, row);
  if (!plain) return sealed;
  return SealedKey{newest.seal(clear ? BlobKind::secret : head->kind, row, plain->view())};
}

}  // namespace leafgate

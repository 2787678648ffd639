#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"

namespace leafgate {

// What stands in a column that is sealed: an octet for what it is, the number of the sealing key (LEB128), a
// nonce of 12 octets, the ciphertext and a tag of 16 (AES-256-GCM). Associated data: that first octet and the
// name of the row, so that what got into another row is refused. `clear` is of before there was sealing:
// eight octets of the digest of its row's name, and the secret.
enum class BlobKind : std::uint8_t { clear = 1, secret = 2, tpm_key = 3 };

// A key-encryption key with what is made of it, each use having a key of its own: HMAC-SHA256 under it.
class SealingKey {
 public:
  static constexpr std::size_t octets = 32;
  static constexpr std::size_t proof_octets = 16;

  SealingKey(std::int64_t id, crypto::Secret key);
  [[nodiscard]] SealingKey copy() const { return {id_, key_.copy()}; }

  [[nodiscard]] std::int64_t id() const { return id_; }
  [[nodiscard]] const crypto::Secret& key() const { return key_; }
  [[nodiscard]] const crypto::Secret& mac_key() const { return mac_; }  // of Trust::store_mac
  // By which the key is known again; says nothing about it that helps to find it.
  [[nodiscard]] static std::string proof(const crypto::Secret& key);  // proof_octets

  // The nonce is made of the row and the secret: sealing the same again gives the same octets, so that an
  // import that changes nothing writes nothing. Of what is equal in two rows nothing shows.
  [[nodiscard]] std::string seal(BlobKind kind, std::string_view row, ByteView plain) const;
  // `blob` is one of this key. Errors: refused.
  [[nodiscard]] Result<crypto::Secret> open(std::string_view blob, std::string_view row) const;

 private:
  std::int64_t id_;
  crypto::Secret key_;
  crypto::Secret cipher_;
  crypto::Secret nonce_;
  crypto::Secret mac_;
};

// The keys that are open, by number.
using SealingKeys = std::map<std::int64_t, SealingKey>;
[[nodiscard]] SealingKeys copy_of(const SealingKeys& keys);

// What a blob says of itself.
struct BlobHead {
  BlobKind kind = BlobKind::secret;
  std::int64_t key = 0;  // 0: none, it is clear
};
[[nodiscard]] std::optional<BlobHead> read_head(std::string_view blob);  // none: it is no blob

// Errors: refused (of another row).
Result<crypto::Secret> open_clear(std::string_view blob, std::string_view row);

}  // namespace leafgate

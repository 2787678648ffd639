#include "store/clear_trust.hpp"

#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/hmac.hpp"

namespace leafgate {
namespace {

constexpr std::size_t digest_octets = 8;

std::string prefix_of(std::string_view row) {
  const auto digest = crypto::sha256(as_bytes(row));
  return '\x01' + std::string(as_text(digest).substr(0, digest_octets));
}

}  // namespace

Result<SealedKey> ClearTrust::seal(const crypto::Secret& key, std::string_view row) {
  return SealedKey{prefix_of(row) + std::string(as_text(key.view()))};
}

Result<crypto::Secret> ClearTrust::unseal(const SealedKey& sealed, std::string_view row) {
  const std::string prefix = prefix_of(row);
  const std::string_view blob = sealed.blob;
  if (!blob.starts_with(prefix)) return Error(Errc::refused, "the key was not sealed here for this row");
  return crypto::Secret(as_bytes(blob.substr(prefix.size())));
}

Result<crypto::Secret> ClearTrust::derive(const SealedKey& group_key, std::string_view row,
                                          std::string_view registration_id) {
  const auto key = unseal(group_key, row);
  if (!key) return key.error();
  const auto derived = crypto::hmac_sha256(key->view(), as_bytes(registration_id));
  return crypto::Secret(ByteView(derived));
}

std::string ClearTrust::store_mac(std::string_view message) {
  const auto mac = crypto::hmac_sha256(store_secret_.view(), as_bytes(message));
  return std::string(as_text(mac));
}

}  // namespace leafgate

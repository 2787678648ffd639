#include "store/sealed_blob.hpp"

#include <algorithm>
#include <stdexcept>

#include "gateway/crypto/aead.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/hmac.hpp"
#include "store/octets.hpp"

namespace leafgate {
namespace {

constexpr std::size_t digest_octets = 8;

crypto::Secret made_of(const crypto::Secret& key, std::string_view use) {
  const auto mac = crypto::hmac_sha256(key.view(), as_bytes(use));
  return crypto::Secret(ByteView(mac));
}

std::string bound_to(BlobKind kind, std::string_view row) {
  return static_cast<char>(kind) + std::string(row);
}

crypto::AeadNonce nonce_of(const crypto::Secret& key, std::string_view bound, ByteView plain) {
  // The length keeps a row's name and a secret apart.
  std::string head;
  put_number(head, bound.size());
  head += bound;
  crypto::Secret message(head.size() + plain.size());
  const auto end = std::copy(head.begin(), head.end(), message.writable().begin());
  std::copy(plain.begin(), plain.end(), end);
  const auto mac = crypto::hmac_sha256(key.view(), message.view());
  crypto::AeadNonce nonce{};
  std::copy_n(mac.begin(), nonce.size(), nonce.begin());
  return nonce;
}

}  // namespace

SealingKey::SealingKey(std::int64_t id, crypto::Secret key)
    : id_(id),
      key_(std::move(key)),
      cipher_(made_of(key_, "leafgate sealing 1")),
      nonce_(made_of(key_, "leafgate nonce 1")),
      mac_(made_of(key_, "leafgate store mac 1")) {
  if (key_.size() != octets) throw std::runtime_error("a sealing key of another length");
}

std::string SealingKey::proof(const crypto::Secret& key) {
  const auto mac = crypto::hmac_sha256(key.view(), as_bytes("leafgate sealing key 1"));
  return std::string(as_text(mac).substr(0, proof_octets));
}

std::string SealingKey::seal(BlobKind kind, std::string_view row, ByteView plain) const {
  const std::string bound = bound_to(kind, row);
  const auto nonce = nonce_of(nonce_, bound, plain);
  const Bytes sealed = crypto::aead_seal(cipher_.view(), nonce, as_bytes(bound), plain);
  std::string out(1, static_cast<char>(kind));
  put_number(out, static_cast<std::uint64_t>(id_));
  out += as_text(nonce);
  out += as_text(sealed);
  return out;
}

Result<crypto::Secret> SealingKey::open(std::string_view blob, std::string_view row) const {
  Octets in(blob);
  const auto kind = static_cast<BlobKind>(in.one());
  const bool ours = in.number() == static_cast<std::uint64_t>(id_);
  crypto::AeadNonce nonce{};
  if (!ours || !in.good() || in.left().size() < nonce.size())
    return Error(Errc::refused, "the secret was sealed with another key");
  const ByteView rest = as_bytes(in.left());
  std::copy_n(rest.begin(), nonce.size(), nonce.begin());
  auto opened =
      crypto::aead_open(cipher_.view(), nonce, as_bytes(bound_to(kind, row)), rest.subspan(nonce.size()));
  if (!opened) return Error(Errc::refused, "the secret was not sealed for this row, or was changed");
  return opened;
}

SealingKeys copy_of(const SealingKeys& keys) {
  SealingKeys out;
  for (const auto& [id, key] : keys) out.emplace(id, key.copy());
  return out;
}

std::optional<BlobHead> read_head(std::string_view blob) {
  Octets in(blob);
  BlobHead head;
  head.kind = static_cast<BlobKind>(in.one());
  if (head.kind == BlobKind::clear) return in.good() ? std::optional(head) : std::nullopt;
  if (head.kind != BlobKind::secret && head.kind != BlobKind::tpm_key) return std::nullopt;
  const std::uint64_t key = in.number();
  if (!in.good() || key == 0 || key > INT64_MAX) return std::nullopt;
  head.key = static_cast<std::int64_t>(key);
  return head;
}

Result<crypto::Secret> open_clear(std::string_view blob, std::string_view row) {
  const auto digest = crypto::sha256(as_bytes(row));
  const std::string prefix =
      static_cast<char>(BlobKind::clear) + std::string(as_text(digest).substr(0, digest_octets));
  if (!blob.starts_with(prefix)) return Error(Errc::refused, "the key was not kept here for this row");
  return crypto::Secret(as_bytes(blob.substr(prefix.size())));
}

}  // namespace leafgate

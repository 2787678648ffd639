#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::crypto {

// Octets for whoever holds a private key that is not here: an operator's offline recovery key. Public keys
// are PEM (RFC 7468, PUBLIC KEY): RSA of 2048 to 4096 bits, or EC P-256. Private keys are PEM without a
// passphrase.
//
// Layout: "leafgate envelope 1\n"; an octet 1 (RSA: the content key by OAEP, SHA-256) or 2 (EC: the sender's
// ephemeral point, uncompressed; the content key is HKDF-SHA256 over the ECDH secret with both points as
// info); two octets, big endian, for the length of what follows: that ciphertext or point. Then chunks of 64
// KiB, the last one shorter, perhaps empty, each AES-256-GCM with its tag. Nonce: the chunk's number, big
// endian. Associated data: SHA-256 of all before the chunks, and an octet 1 in the last chunk, 0 in others.
// So chunks that are missing, moved or added are noticed, at the end too.
inline constexpr std::size_t envelope_chunk = 64 * 1024;

// Says whether envelopes to this key can be made, and gives hex SHA-256 of its SubjectPublicKeyInfo, by which
// people know it. Errors: malformed (no PEM public key), unsupported (another kind or size of key).
Result<std::string> recipient_fingerprint(std::string_view public_pem);

// Makes one envelope piece by piece.
class EnvelopeWriter {
 public:
  // Errors: as recipient_fingerprint().
  static Result<EnvelopeWriter> to(std::string_view public_pem);

  // Each gives the octets of the envelope that are ready, which may be none.
  [[nodiscard]] Bytes add(ByteView plain);
  [[nodiscard]] Bytes finish();  // once, at the end

 private:
  EnvelopeWriter(Secret key, Bytes head);
  Bytes chunk(ByteView plain, bool last);
  Secret key_;
  Bytes head_;  // until it is given
  Bytes bound_;
  Secret waiting_;        // one chunk
  std::size_t held_ = 0;  // octets of it
  std::uint64_t next_ = 0;
};

// Opens one envelope piece by piece. What it gave before an error must not be used.
class EnvelopeReader {
 public:
  // Errors: malformed (no PEM private key), unsupported (kind of key; it has a passphrase).
  static Result<EnvelopeReader> with(std::string_view private_pem);
  EnvelopeReader(EnvelopeReader&&) noexcept;
  EnvelopeReader& operator=(EnvelopeReader&&) noexcept;
  ~EnvelopeReader();

  // Errors: malformed (no envelope), refused (for another key, or changed).
  Result<Secret> add(ByteView octets);
  // Errors: refused (something is missing at its end, or was changed).
  Result<Secret> finish();

 private:
  struct Key;
  explicit EnvelopeReader(std::unique_ptr<Key> key);
  Result<bool> read_head();  // false: it is not all there yet
  Result<Secret> chunk(ByteView sealed, bool last);
  std::unique_ptr<Key> private_;
  Secret key_;  // of the content; empty: the head was not read yet
  Bytes bound_;
  Bytes waiting_;
  std::uint64_t next_ = 0;
};

// A short secret in one envelope.
Result<Bytes> wrap(const Secret& secret, std::string_view public_pem);
Result<Secret> unwrap(ByteView envelope, std::string_view private_pem);

}  // namespace leafgate::crypto

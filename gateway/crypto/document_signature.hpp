#pragma once

#include <memory>
#include <string_view>

#include "gateway/model/bytes.hpp"
#include "gateway/model/document_algorithm.hpp"
#include "gateway/model/result.hpp"

struct evp_pkey_st;

namespace leafgate::crypto {

// Signatures over documents that people make elsewhere and carry here: ECDSA on P-256 over SHA-256 (ES256,
// RFC 7518 §3.4) and Ed25519 (EdDSA, RFC 8037). Keys come as PEM, as `openssl genpkey` writes them. An ECDSA
// signature is taken in both of its spellings: as DER, which `openssl dgst -sign` writes and `-verify` reads,
// and as r and s of 32 octets each, which JWS libraries write; one of 64 octets is the latter. Any thread.

// Of who may sign.
class DocumentVerifier {
 public:
  // A public key of at most 4 KiB PEM. Errors: too_large, malformed; unsupported (another kind of key).
  static Result<DocumentVerifier> from_pem(std::string_view pem);

  [[nodiscard]] DocumentAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] bool verifies(ByteView document, ByteView signature) const;

 private:
  DocumentVerifier(std::shared_ptr<evp_pkey_st> key, DocumentAlgorithm algorithm)
      : key_(std::move(key)), algorithm_(algorithm) {}
  std::shared_ptr<evp_pkey_st> key_;
  DocumentAlgorithm algorithm_;
};

// Who signs; its key is wiped with the last copy.
class DocumentSigner {
 public:
  // A private key of at most 16 KiB PEM without a passphrase. Errors as above.
  static Result<DocumentSigner> from_pem(std::string_view pem);

  [[nodiscard]] DocumentAlgorithm algorithm() const { return algorithm_; }
  // ECDSA as DER. Errors: internal.
  Result<Bytes> sign(ByteView document) const;

 private:
  DocumentSigner(std::shared_ptr<evp_pkey_st> key, DocumentAlgorithm algorithm)
      : key_(std::move(key)), algorithm_(algorithm) {}
  std::shared_ptr<evp_pkey_st> key_;
  DocumentAlgorithm algorithm_;
};

}  // namespace leafgate::crypto

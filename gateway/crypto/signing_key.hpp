#pragma once

#include <memory>

#include "gateway/crypto/p256.hpp"
#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"

struct evp_pkey_st;

namespace leafgate::crypto {

// A private key on P-256 that signs as ES256 does (RFC 7518 §3.4: r and s, 64 octets). Copies share. Any
// thread; throws std::runtime_error only when OpenSSL itself is broken.
class SigningKey {
 public:
  [[nodiscard]] static SigningKey generate();
  // From what secret() gave. Errors: malformed (no private key on this curve).
  static Result<SigningKey> from(const Secret& secret);

  [[nodiscard]] Secret secret() const;                         // DER (RFC 5915)
  [[nodiscard]] const Bytes& point() const { return point_; }  // uncompressed, 65 octets
  [[nodiscard]] Bytes sign(ByteView message) const;

 private:
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  Bytes point_;
};

}  // namespace leafgate::crypto

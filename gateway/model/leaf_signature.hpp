#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/model/bytes.hpp"

namespace leafgate {

// What a leaf's key can sign with; always over SHA-256. The COSE algorithms -7, -37 and -257 (RFC 9053 §2.1,
// RFC 8230 §2, RFC 8812 §2); in TLS ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256 and rsa_pkcs1_sha256.
enum class SignatureScheme : std::uint8_t { es256, ps256, rs256 };

[[nodiscard]] constexpr std::string_view to_text(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::es256:
      return "ES256";
    case SignatureScheme::ps256:
      return "PS256";
    case SignatureScheme::rs256:
      return "RS256";
  }
  return "?";
}

// What a leaf says it can do.
class SchemeSet {
 public:
  constexpr void add(SignatureScheme scheme) { bits_ = static_cast<std::uint8_t>(bits_ | bit(scheme)); }
  [[nodiscard]] constexpr bool has(SignatureScheme scheme) const { return (bits_ & bit(scheme)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(SchemeSet, SchemeSet) = default;

 private:
  static constexpr unsigned bit(SignatureScheme scheme) { return 1U << static_cast<unsigned>(scheme); }
  std::uint8_t bits_ = 0;
};

// One signature that the gateway wants of a leaf: the proof in a TLS handshake that the leaf has the key of
// the certificate shown.
struct SignRequest {
  SignatureScheme scheme = SignatureScheme::es256;
  // TLS 1.3: `message` is what RFC 8446 §4.4.3 has a client sign, 130 or 146 octets of which the first 98 are
  // always the same; it should go to the leaf whole. Else TLS 1.2: the whole handshake so far (RFC 5246
  // §7.4.8), some thousand octets.
  bool tls13 = false;
  Bytes message;
  std::array<std::uint8_t, 32> hash{};  // SHA-256 of message
  std::string purpose;                  // for people: "TLS 1.3 client of dps.example"
};

}  // namespace leafgate

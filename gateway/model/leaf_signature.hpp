#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "gateway/model/bytes.hpp"

namespace leafgate {

// What a leaf on the leaf link can sign with, all over SHA-256; COSE -7, -37 and -257 (RFC 9053 §2.1, RFC
// 8812 §2, RFC 8230 §2). PS256 has a salt of 32 octets.
enum class SignatureScheme : std::uint8_t { es256, ps256, rs256 };

class SchemeSet {
 public:
  SchemeSet& add(SignatureScheme scheme) {
    bits_ |= bit(scheme);
    return *this;
  }
  [[nodiscard]] bool has(SignatureScheme scheme) const { return (bits_ & bit(scheme)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  friend bool operator==(const SchemeSet&, const SchemeSet&) = default;

 private:
  static unsigned bit(SignatureScheme scheme) { return 1U << static_cast<unsigned>(scheme); }
  unsigned bits_ = 0;
};

// The one signature that a TLS handshake wants of its client.
struct SignRequest {
  SignatureScheme scheme = SignatureScheme::es256;
  bool tls13 = false;
  Bytes message;  // TLS 1.3: the content of CertificateVerify, 130 octets; TLS 1.2: the whole transcript
  std::array<std::uint8_t, 32> hash{};  // SHA-256 of it
  std::string purpose;  // for people: "TLS 1.3 client of global.azure-devices-provisioning.net"
};

}  // namespace leafgate

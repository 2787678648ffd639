#pragma once

#include <string_view>

namespace leafgate {

// How a document is signed: ECDSA on P-256 over SHA-256 (RFC 7518 §3.4), or Ed25519 (RFC 8037).
enum class DocumentAlgorithm { es256, eddsa };

// As JOSE names it.
[[nodiscard]] constexpr std::string_view to_text(DocumentAlgorithm algorithm) {
  return algorithm == DocumentAlgorithm::es256 ? "ES256" : "EdDSA";
}

}  // namespace leafgate

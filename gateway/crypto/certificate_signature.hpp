#pragma once

#include "gateway/crypto/x509.hpp"
#include "gateway/model/leaf_signature.hpp"

namespace leafgate::crypto {

// Whether `signature` over `message` is by the key of this certificate: ES256 as r and s of 64 octets, on the
// curve P-256 alone; PS256 with a salt of 32 octets and MGF1 over SHA-256, RS256 as PKCS#1 v1.5. False for
// whatever fits neither key nor scheme. Pure; any thread.
[[nodiscard]] bool is_signed_by(const Certificate& certificate, SignatureScheme scheme, ByteView message,
                                ByteView signature);

}  // namespace leafgate::crypto

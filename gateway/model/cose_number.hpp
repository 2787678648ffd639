#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "gateway/model/leaf_signature.hpp"

namespace leafgate {

inline constexpr int cose_hmac_256 = 5;  // HMAC 256/256, RFC 9053 §3.1

// The COSE algorithm of a scheme (RFC 9053 §2.1, RFC 8230 §2, RFC 8812 §2), and the way back.
[[nodiscard]] constexpr int cose_number(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::es256:
      return -7;
    case SignatureScheme::ps256:
      return -37;
    case SignatureScheme::rs256:
      break;
  }
  return -257;
}
[[nodiscard]] constexpr std::optional<SignatureScheme> scheme_of_cose(std::int64_t number) {
  constexpr auto all =
      std::to_array({SignatureScheme::es256, SignatureScheme::ps256, SignatureScheme::rs256});
  for (const SignatureScheme scheme : all)
    if (cose_number(scheme) == number) return scheme;
  return std::nullopt;
}

}  // namespace leafgate

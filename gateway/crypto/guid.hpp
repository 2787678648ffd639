#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace leafgate::crypto {

// A GUID of version 4 (RFC 9562 §5.4) in lower case, made of random octets: what the service writes as
// trackingId.
[[nodiscard]] std::string guid(std::array<std::uint8_t, 16> octets);

}  // namespace leafgate::crypto

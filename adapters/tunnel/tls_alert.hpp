#pragma once

#include <cstdint>
#include <string_view>

namespace leafgate::tunnel {

// The name of a TLS alert as OpenSSL words it ("unknown CA"), which engineers search for; "unknown" where it
// has none. By its number in RFC 8446 §6 and RFC 5246 §7.2.
[[nodiscard]] std::string_view alert_name(std::uint8_t description);

// Whether it says of the peer's certificate that it is not trusted; others are about versions and ciphers.
[[nodiscard]] bool is_about_certificate(std::string_view alert);

}  // namespace leafgate::tunnel

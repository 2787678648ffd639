#pragma once

#include <string_view>

namespace leafgate {

// Whether this is the DNS name of a host (RFC 1123 §2.1): labels of letters, digits and '-', at most 63
// octets each and 253 together, no dot at the end. False for addresses: no name ends in a numeric label.
[[nodiscard]] bool is_dns_name(std::string_view text);

}  // namespace leafgate

#pragma once

#include <string>
#include <string_view>

namespace leafgate {

// Who shares one account of conduct: an IPv4 address, or the /64 of an IPv6 address, of which one host may
// have as many as it likes. Anything else stands for itself.
[[nodiscard]] std::string source_key(std::string_view address);

}  // namespace leafgate

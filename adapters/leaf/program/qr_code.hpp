#pragma once

#include <string>
#include <string_view>

namespace leafgate::device {

// For a terminal of black on white, two rows of modules a line; empty for what is too long.
std::string qr_code(std::string_view text);

}  // namespace leafgate::device

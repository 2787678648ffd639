#pragma once

#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

namespace leafgate::ctl {

// `text` as a QR code (ISO/IEC 18004) for a terminal: half blocks, two rows a line, light on dark turned so
// that a camera reads it on a dark and on a light terminal; one module of margin, so that 480 octets stay
// within 80 columns. Errors: too_large.
Result<std::string> qr_code(std::string_view text);

}  // namespace leafgate::ctl

#pragma once

#include "gateway/model/result.hpp"

namespace leafgate::serial {

[[nodiscard]] bool is_baud(int baud);

// Makes an open tty a line of this rate: raw, 8N1, no flow control, no modem lines, and no hang-up on close
// (DTR resets boards). What only some drivers have is tried: RS-485 direction (with `multidrop`), low
// latency. Errors: unsupported (no tty, or not this rate).
Result<void> set_up_tty(int descriptor, int baud, bool multidrop);

}  // namespace leafgate::serial

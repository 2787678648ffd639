#pragma once

#include "gateway/model/bytes.hpp"

namespace leafgate::crypto {

// Whether `octets` are one SEQUENCE, whole and with nothing behind it, in which every length is definite and
// ends within what it stands in (X.690 §10.1; the outermost as short as can be). Looks at lengths alone,
// before anybody looks at what they hold. Pure.
[[nodiscard]] bool is_framed_as_der(ByteView octets);

}  // namespace leafgate::crypto

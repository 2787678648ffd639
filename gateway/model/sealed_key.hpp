#pragma once

#include <string>

namespace leafgate {

// A secret as the port Trust keeps it: opaque outside of it. What these octets are, and under what they are
// sealed, is Trust's business alone.
struct SealedKey {
  std::string blob;
  friend bool operator==(const SealedKey&, const SealedKey&) = default;
};

}  // namespace leafgate

#pragma once

#include "gateway/crypto/random.hpp"
#include "gateway/ports/random.hpp"

namespace leafgate {

// The operating system's random octets behind the port.
class SystemRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override { source_.fill(out); }

 private:
  crypto::SystemRandom source_;
};

}  // namespace leafgate

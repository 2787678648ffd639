#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace leafgate::crypto {

// Unpredictable octets of the operating system through OpenSSL. Any thread; throws std::runtime_error when
// there are none: nothing may go on with guessable ones.
class SystemRandom {
 public:
  void fill(std::span<std::uint8_t> out);
};

// A random UUID (RFC 4122 version 4) in lower case, from whatever fills 16 octets.
[[nodiscard]] std::string guid(const std::function<void(std::span<std::uint8_t>)>& fill);

}  // namespace leafgate::crypto

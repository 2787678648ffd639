#pragma once

#include <string>

namespace leafgate::crypto {

// Empties this thread's OpenSSL error queue into text, oldest first, "; " between, at most 512 characters.
// "no detail" when it is empty. For the engineer; OpenSSL puts no secrets into it.
[[nodiscard]] std::string drain_errors();

}  // namespace leafgate::crypto

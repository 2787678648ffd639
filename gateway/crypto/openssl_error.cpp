#include "gateway/crypto/openssl_error.hpp"

#include <array>

#include <openssl/err.h>

namespace leafgate::crypto {

std::string drain_errors() {
  constexpr std::size_t most = 512;
  std::string out;
  while (const unsigned long code = ERR_get_error()) {
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    if (!out.empty()) out += "; ";
    out += text.data();
  }
  if (out.size() > most) out.resize(most);
  return out.empty() ? "no detail" : out;
}

}  // namespace leafgate::crypto

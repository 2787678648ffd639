#include "gateway/flows/source_key.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace leafgate {

std::string source_key(std::string_view address) {
  std::string text(address.substr(0, address.find('%')));
  if (text.find(':') == std::string::npos) return text;
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, text.c_str(), &parsed) != 1) return text;
  constexpr std::size_t network = 8;
  std::fill(std::begin(parsed.s6_addr) + network, std::end(parsed.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (::inet_ntop(AF_INET6, &parsed, written.data(), written.size()) == nullptr) return text;
  return std::string(written.data()) + "/64";
}

}  // namespace leafgate

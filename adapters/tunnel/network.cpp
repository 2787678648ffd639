#include "adapters/tunnel/network.hpp"

#include <charconv>
#include <string>

#include "gateway/model/bytes.hpp"

namespace leafgate::tunnel {
namespace {

using boost::asio::ip::address;

Bytes octets_of(const address& of) {
  if (of.is_v4()) {
    const auto v4 = of.to_v4().to_bytes();
    return {v4.begin(), v4.end()};
  }
  const auto v6 = of.to_v6().to_bytes();
  return {v6.begin(), v6.end()};
}

// The octet of a mask of so many bits.
std::uint8_t mask_at(unsigned prefix, std::size_t octet) {
  const auto before = static_cast<unsigned>(octet * 8);
  if (prefix >= before + 8) return 0xff;
  if (prefix <= before) return 0;
  return static_cast<std::uint8_t>(0xff00U >> (prefix - before));
}

Error malformed(std::string_view text, const char* why) {
  return {Errc::malformed, std::string(text) + ": " + why};
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  boost::system::error_code failure;
  const address first = boost::asio::ip::make_address(std::string(text.substr(0, slash)), failure);
  if (failure) return malformed(text, "no IP address");
  if (first.is_v6() && first.to_v6().is_v4_mapped()) return malformed(text, "write it as an IPv4 address");
  if (first.is_v6() && first.to_v6().scope_id() != 0) return malformed(text, "names an interface");
  const unsigned whole = first.is_v4() ? 32 : 128;
  unsigned prefix = whole;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (digits.empty() || end.ec != std::errc() || end.ptr != digits.data() + digits.size() || prefix > whole)
      return malformed(text, whole == 32 ? "the prefix is 0 to 32" : "the prefix is 0 to 128");
  }
  const Bytes octets = octets_of(first);
  for (std::size_t i = 0; i < octets.size(); ++i)
    if ((octets[i] & ~mask_at(prefix, i)) != 0) return malformed(text, "bits are set behind the prefix");
  return Network(first, prefix);
}

bool Network::contains(const address& given) const {
  if (given.is_v4() != first_.is_v4()) return false;
  const Bytes mine = octets_of(first_);
  const Bytes its = octets_of(given);
  for (std::size_t i = 0; i < mine.size(); ++i)
    if (((mine[i] ^ its[i]) & mask_at(prefix_, i)) != 0) return false;
  return true;
}

}  // namespace leafgate::tunnel

#pragma once

#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "gateway/model/result.hpp"

namespace leafgate::tunnel {

// One address or a network of them, as an operator names sources: "192.0.2.7", "192.0.2.0/24",
// "2001:db8::/32".
class Network {
 public:
  // Errors: malformed, which names what is wrong; also where bits are set behind the prefix, since such a
  // network is mostly meant to be another one.
  static Result<Network> parse(std::string_view text);

  [[nodiscard]] bool contains(const boost::asio::ip::address& address) const;

 private:
  Network(const boost::asio::ip::address& first, unsigned prefix) : first_(first), prefix_(prefix) {}

  boost::asio::ip::address first_;
  unsigned prefix_;  // bits
};

}  // namespace leafgate::tunnel

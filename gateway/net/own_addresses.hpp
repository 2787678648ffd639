#pragma once

#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "gateway/model/result.hpp"

namespace leafgate::net {

// Where this program itself listens, so that it does not take itself for its own service when a site's DNS
// hands out the gateway's address for the service's name (semantics §4). One loop.
class OwnAddresses {
 public:
  // `address` as it was listened on: "192.0.2.1", "0.0.0.0", "::" (taken for
  // IPv4 too: one that systemd opened may be).
  void add(const std::string& address, std::uint16_t port);
  void clear() { listening_.clear(); }

  // Whether connecting there would reach a listener of ours.
  [[nodiscard]] bool listens_at(const boost::asio::ip::tcp::endpoint& there) const;

 private:
  std::vector<boost::asio::ip::tcp::endpoint> listening_;
};

// At which addresses others reach what listens at these ("192.0.2.1:8883", "0.0.0.0:443"): those themselves,
// without their ports, and for one that means all, every address of an interface that is up. Without loopback
// and those of a single link. Each once. Asks the kernel.
[[nodiscard]] std::vector<std::string> addresses_for_others(const std::vector<std::string>& listening);

// Whether an address can be another machine's, reached by routers: neither this machine's own, nor one of a
// single link, nor of many at once.
enum class Place { elsewhere, here, not_routed };
[[nodiscard]] Place place_of(const boost::asio::ip::address& address);

// Whether an interface of this machine other than loopback carries it. Asks the kernel each time; where that
// does not tell, it may, and counts as if it did.
[[nodiscard]] bool is_own_interface(const boost::asio::ip::address& address);

// Whether somebody can come in at what listens at this numeric address ("192.0.2.1", "::"): it means all, is
// loopback, or an interface's own. Asks the kernel each time, as above.
[[nodiscard]] bool has_address(const std::string& address);

}  // namespace leafgate::net

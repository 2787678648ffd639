#include "gateway/net/own_addresses.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "gateway/net/listening.hpp"

namespace leafgate::net {
namespace asio = boost::asio;
using asio::ip::address;
using asio::ip::tcp;

namespace {

// "::ffff:127.0.0.1" is 127.0.0.1.
address plain(const address& given) {
  if (given.is_v6() && given.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, given.to_v6());
  return given;
}

address of_interface(const sockaddr& raw) {
  if (raw.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &raw, sizeof v4);
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &raw, sizeof v6);
  asio::ip::address_v6::bytes_type octets{};
  std::copy_n(std::begin(v6.sin6_addr.s6_addr), octets.size(), octets.begin());
  return asio::ip::address_v6(octets);
}

// Of every interface that has one; nothing where the kernel does not tell, out of descriptors.
std::optional<std::vector<address>> interface_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(list, ::freeifaddrs);
  std::vector<address> out;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6) out.push_back(of_interface(*entry->ifa_addr));
  }
  return out;
}

// Connecting to the unspecified address reaches this machine too.
bool is_here(const address& at) { return at.is_loopback() || at.is_unspecified() || is_own_interface(at); }

bool is_of_one_link(const address& at) {
  constexpr std::uint32_t link_local = 0xa9fe0000;  // RFC 3927: 169.254.0.0/16
  return at.is_v6() ? at.to_v6().is_link_local() : (at.to_v4().to_uint() & 0xffff0000) == link_local;
}

}  // namespace

void OwnAddresses::add(const std::string& text, std::uint16_t port) {
  boost::system::error_code bad;
  const address parsed = asio::ip::make_address(text, bad);
  if (!bad) listening_.emplace_back(plain(parsed), port);
}

bool OwnAddresses::listens_at(const tcp::endpoint& there) const {
  const address wanted = plain(there.address());
  return std::any_of(listening_.begin(), listening_.end(), [&](const tcp::endpoint& mine) {
    if (mine.port() != there.port()) return false;
    if (mine.address() == wanted) return true;
    const bool everywhere = mine.address().is_unspecified() && (mine.address().is_v6() || wanted.is_v4());
    return (everywhere || (wanted.is_unspecified() && mine.address().is_loopback())) && is_here(wanted);
  });
}

Place place_of(const address& given) {
  const address at = plain(given);
  if (is_here(at)) return Place::here;
  const bool to_all = at.is_v4() && at.to_v4() == asio::ip::address_v4::broadcast();
  return is_of_one_link(at) || at.is_multicast() || to_all ? Place::not_routed : Place::elsewhere;
}

bool is_own_interface(const address& given) {
  const address wanted = plain(given);
  if (wanted.is_loopback()) return false;
  const auto mine = interface_addresses();
  if (!mine) return true;
  return std::any_of(mine->begin(), mine->end(), [&](const address& own) {
    if (!wanted.is_v6() || !own.is_v6()) return own == wanted;
    return own.to_v6().to_bytes() ==
           wanted.to_v6().to_bytes();  // an interface's number makes no other address
  });
}

bool has_address(const std::string& text) {
  boost::system::error_code bad;
  const address at = asio::ip::make_address(text, bad);
  return bad || is_here(plain(at));
}

std::vector<std::string> addresses_for_others(const std::vector<std::string>& listening) {
  std::vector<std::string> out;
  const auto add = [&out](const address& at) {
    const bool reachable = !at.is_loopback() && !at.is_unspecified() && !is_of_one_link(at);
    const std::string text = at.to_string();
    if (reachable && std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
  };
  for (const std::string& text : listening) {
    const auto parsed = parse_listen_address(text);
    boost::system::error_code bad;
    const address at = parsed ? asio::ip::make_address(parsed->ip, bad) : address();
    if (!parsed || bad) continue;
    if (!at.is_unspecified()) add(at);
    if (!at.is_unspecified()) continue;
    const auto mine = interface_addresses();
    for (const address& own : mine.value_or(std::vector<address>()))
      if (own.is_v6() == at.is_v6()) add(own);
  }
  return out;
}

}  // namespace leafgate::net

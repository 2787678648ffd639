#include "gateway/net/listening.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/runtime/log.hpp"

namespace leafgate::net {
namespace {

using Endpoint = boost::asio::ip::tcp::endpoint;

Endpoint endpoint_of(const sockaddr& address) {
  Endpoint endpoint;
  const auto length = address.sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  std::memcpy(endpoint.data(), &address, length);
  return endpoint;
}

Result<Endpoint> endpoint_of(std::string_view text) {
  auto parsed = parse_listen_address(text);
  if (!parsed) return parsed.error();
  return Endpoint(boost::asio::ip::make_address(parsed->ip), parsed->port);
}

bool flag(int descriptor, int level, int option) {
  int value = 0;
  socklen_t length = sizeof(value);
  return ::getsockopt(descriptor, level, option, &value, &length) == 0 && value != 0;
}

std::optional<Endpoint> bound_endpoint(int descriptor) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(descriptor, address, &length) != 0) return std::nullopt;
  if (storage.ss_family != AF_INET && storage.ss_family != AF_INET6) return std::nullopt;
  return endpoint_of(*address);
}

// Where it listens; nothing for a socket of another kind.
std::optional<Endpoint> listens_at(int descriptor) {
  return flag(descriptor, SOL_SOCKET, SO_ACCEPTCONN) ? bound_endpoint(descriptor) : std::nullopt;
}

bool takes_ipv4_too(int descriptor, const Endpoint& bound) {
  return bound.address().is_v6() && bound.address().is_unspecified() &&
         !flag(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
}

bool serves(int descriptor, const Endpoint& wanted) {
  const auto bound = listens_at(descriptor);
  if (!bound || bound->port() != wanted.port()) return false;
  if (bound->address() == wanted.address()) return true;
  return wanted.address().is_v4() && wanted.address().is_unspecified() && takes_ipv4_too(descriptor, *bound);
}

std::string name_of_socket(int descriptor) {
  const auto at = listens_at(descriptor);
  if (!at) return "descriptor " + std::to_string(descriptor) + ", no listening TCP socket";
  const std::string ip = at->address().to_string();
  return (at->address().is_v6() ? "[" + ip + "]" : ip) + ":" + std::to_string(at->port());
}

// Who has the port that cannot be bound.
std::string who_listens(const Endpoint& wanted, std::span<const int> inherited) {
  const auto is_in_the_way = [&](int descriptor) {
    const auto bound = listens_at(descriptor);
    return bound && bound->port() == wanted.port() &&
           (bound->address().is_v4() == wanted.address().is_v4() || takes_ipv4_too(descriptor, *bound));
  };
  const auto found = std::find_if(inherited.begin(), inherited.end(), is_in_the_way);
  if (found == inherited.end()) return "another program listens there";
  return "systemd opened " + name_of_socket(*found) +
         " for this daemon: leafgate.socket and the listen key must name the same address (leafgatectl "
         "socket-unit)";
}

std::uint64_t source_of(const boost::asio::ip::address& ip) {
  if (ip.is_v4()) return ip.to_v4().to_uint();
  if (ip.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, ip.to_v6()).to_uint();
  }
  std::uint64_t prefix = 0;
  const auto octets = ip.to_v6().to_bytes();
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8U | octets[i];
  return prefix;
}

Error bind_error(std::string_view address, int why,
                 const std::string& who_is_there = "another program listens there") {
  const std::string detail = std::string(address) + ": " + std::generic_category().message(why);
  if (why == EADDRINUSE) return {Errc::in_use, detail + "; " + who_is_there};
  if (why == EACCES) {
    return {Errc::refused, detail + "; this port needs a systemd socket unit (leafgatectl socket-unit)"};
  }
  return {why == EAFNOSUPPORT ? Errc::unsupported : Errc::internal, detail};
}

// An address that comes later, by DHCP or with a slow link after a power cut, is no reason to stay away.
bool bind_even_ahead(int descriptor, const Endpoint& wanted) {
  const auto length = static_cast<socklen_t>(wanted.size());
  if (::bind(descriptor, wanted.data(), length) == 0) return true;
  if (errno != EADDRNOTAVAIL) return false;
  const bool is_v6 = wanted.address().is_v6();
  constexpr int on = 1;
  (void)::setsockopt(descriptor, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_FREEBIND : IP_FREEBIND, &on,
                     sizeof(on));
  if (::bind(descriptor, wanted.data(), length) != 0) return false;
  log::warning("no interface of this machine has this address; leaves come in once one does",
               {{"address", wanted.address().to_string()}});
  return true;
}

}  // namespace

OwnedDescriptor::~OwnedDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

OwnedDescriptor& OwnedDescriptor::operator=(OwnedDescriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

int OwnedDescriptor::release() { return std::exchange(descriptor_, -1); }

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error bad(Errc::malformed, std::string(text) + ": not ADDRESS:PORT or [ADDRESS]:PORT");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad;
  std::string_view ip = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = ip.size() > 2 && ip.front() == '[' && ip.back() == ']';
  if (bracketed) ip = ip.substr(1, ip.size() - 2);
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(std::string(ip), failure);
  if (failure || address.is_v6() != bracketed) return bad;
  ListenAddress parsed{std::string(ip), 0};
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.port);
  if (digits.empty() || end.ec != std::errc() || end.ptr != digits.data() + digits.size()) return bad;
  return parsed;
}

Result<OwnedDescriptor> open_listening(std::string_view address, std::span<const int> inherited,
                                       const ListenOptions& options) {
  const auto wanted = endpoint_of(address);
  if (!wanted) return wanted.error();
  for (const int descriptor : inherited) {
    if (!serves(descriptor, *wanted)) continue;
    OwnedDescriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
    if (copy.get() < 0 || ::fcntl(copy.get(), F_SETFL, O_NONBLOCK) != 0) return bind_error(address, errno);
    return copy;
  }
  const int family = wanted->data()->sa_family;
  OwnedDescriptor own(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (own.get() < 0) return bind_error(address, errno);
  constexpr int on = 1;
  (void)::setsockopt(own.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // "0.0.0.0" and "[::]" side by side shall both bind.
  if (family == AF_INET6) (void)::setsockopt(own.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (!bind_even_ahead(own.get(), *wanted)) {
    const int why = errno;
    return bind_error(address, why, who_listens(*wanted, inherited));
  }
  const int defer = static_cast<int>(options.defer_accept.count());
  if (defer > 0) (void)::setsockopt(own.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer, sizeof(defer));
  if (::listen(own.get(), options.backlog) != 0) return bind_error(address, errno);
  return own;
}

std::vector<UnusedSocket> unused_sockets(std::span<const int> inherited,
                                         std::span<const std::string> addresses) {
  std::vector<UnusedSocket> out;
  for (const int descriptor : inherited) {
    const auto is_for_it = [descriptor](const std::string& address) {
      const auto wanted = endpoint_of(address);
      return wanted && serves(descriptor, *wanted);
    };
    if (std::none_of(addresses.begin(), addresses.end(), is_for_it))
      out.push_back({descriptor, name_of_socket(descriptor)});
  }
  return out;
}

std::uint16_t bound_port(int descriptor) {
  const auto bound = bound_endpoint(descriptor);
  return bound ? bound->port() : 0;
}

PeerInfo peer_of(const sockaddr& address) {
  PeerInfo peer;
  if (address.sa_family != AF_INET && address.sa_family != AF_INET6) return peer;
  const Endpoint endpoint = endpoint_of(address);
  auto ip = endpoint.address();
  if (ip.is_v6() && ip.to_v6().is_v4_mapped()) {
    ip = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, ip.to_v6());
  }
  peer.address = ip.to_string();
  peer.port = endpoint.port();
  return peer;
}

std::uint64_t source_of(const sockaddr& address) {
  if (address.sa_family != AF_INET && address.sa_family != AF_INET6) return 0;
  return source_of(endpoint_of(address).address());
}

std::optional<std::uint64_t> source_of(std::string_view address) {
  boost::system::error_code failure;
  const auto ip = boost::asio::ip::make_address(std::string(address), failure);
  if (failure) return std::nullopt;
  return source_of(ip);
}

}  // namespace leafgate::net

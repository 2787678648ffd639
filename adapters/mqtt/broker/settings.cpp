#include "adapters/mqtt/broker/settings.hpp"

#include <charconv>
#include <optional>

#include <boost/asio/ip/address.hpp>

#include "gateway/model/dns_name.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::broker {
namespace asio = boost::asio;

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_binding = 64;

std::optional<asio::ip::address> as_address(const std::string& host) {
  boost::system::error_code bad;
  const auto found = asio::ip::make_address(host, bad);
  if (bad) return std::nullopt;
  return found;
}

std::optional<std::uint16_t> as_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_name(std::string_view text) {
  constexpr std::string_view good = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !text.empty() && text.size() <= longest_name &&
         text.find_first_not_of(good) == std::string_view::npos;
}

Error malformed(const char* why) { return Error(Errc::malformed, why); }

}  // namespace

std::string Address::text() const {
  const bool six = host.find(':') != std::string::npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_uri(std::string_view uri) {
  const auto wrong = [] { return malformed("broker.uri is not mqtts://HOST[:PORT] or mqtt://HOST[:PORT]"); };
  Address out;
  if (uri.starts_with("mqtts://")) {
    uri.remove_prefix(8);
    out.port = 8883;
  } else if (uri.starts_with("mqtt://")) {
    uri.remove_prefix(7);
    out.port = 1883;
    out.tls = false;
  } else {
    return wrong();
  }
  if (uri.starts_with('[')) {
    const auto end = uri.find(']');
    if (end == std::string_view::npos) return wrong();
    out.host = uri.substr(1, end - 1);
    uri.remove_prefix(end + 1);
    const auto address = as_address(out.host);
    if (!address || !address->is_v6()) return wrong();
  } else {
    const auto end = uri.find(':');
    out.host = uri.substr(0, end);
    uri = end == std::string_view::npos ? std::string_view{} : uri.substr(end);
    const auto address = as_address(out.host);
    if (!is_dns_name(out.host) && !(address && address->is_v4())) return wrong();
  }
  if (uri.empty()) return out;
  const auto port = uri.starts_with(':') ? as_port(uri.substr(1)) : std::nullopt;
  if (!port) return wrong();
  out.port = *port;
  return out;
}

Result<void> check(const Settings& settings) {
  const auto address = parse_uri(settings.uri);
  if (!address) return address.error();
  if (!is_name(settings.name)) return malformed("gateway.name is not 1 to 64 of A-Z a-z 0-9 . _ -");
  if (settings.certificate.empty() != settings.key.empty())
    return malformed("broker.certificate and broker.key go together");
  if (!address->tls && (!settings.certificate.empty() || !settings.ca_file.empty()))
    return malformed("broker.ca_file, certificate and key need mqtts:// in broker.uri");
  if (settings.username.empty() && !settings.password_file.empty())
    return malformed("broker.password_file needs broker.username");
  return {};
}

bool leads_here(const Address& broker, const std::string& address, std::uint16_t port) {
  if (broker.port != port) return false;
  const auto mine = as_address(address);
  if (!mine) return false;
  auto there = as_address(broker.host);
  if (!there) {
    const bool local =
        equal_ignoring_case(broker.host, "localhost") || ascii_lower(broker.host).ends_with(".localhost");
    if (!local) return false;
    there = asio::ip::address_v4::loopback();
    if (mine->is_v6() && mine->is_loopback()) return true;  // the name may mean either
  }
  if (*mine == *there) return true;
  const bool here = there->is_loopback() || there->is_unspecified();
  const bool everywhere = mine->is_unspecified() && (mine->is_v6() || there->is_v4());
  return here && (everywhere || (there->is_unspecified() && mine->is_loopback()));
}

std::string binding_of(const Address& broker) {
  return ("broker/" + broker.text()).substr(0, longest_binding);
}

}  // namespace leafgate::broker

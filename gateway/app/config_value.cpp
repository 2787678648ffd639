#include "gateway/app/config_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "adapters/mqtt/broker/settings.hpp"
#include "adapters/tpm/tcti_address.hpp"
#include "adapters/tunnel/network.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate {
namespace {

struct Unit {
  std::string_view name;
  std::size_t octets;
};
constexpr std::array<Unit, 4> units{{{"GiB", 1U << 30}, {"MiB", 1U << 20}, {"KiB", 1U << 10}, {"B", 1}}};

constexpr std::size_t largest_count = 1'000'000'000;

}  // namespace

Result<Octets> parse_size(std::string_view text) {
  std::size_t count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (failure == std::errc() && count <= largest_count)
    for (const Unit& u : units)
      if (u.name == unit) return Octets{count * u.octets};
  return Error(Errc::malformed, "a size is digits and a unit: \"512B\", \"16KiB\", \"4MiB\", \"1GiB\"");
}

std::string to_text(Octets size) {
  for (const Unit& u : units)
    if (size.count >= u.octets && size.count % u.octets == 0)
      return std::to_string(size.count / u.octets) + std::string(u.name);
  return "0B";
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error wrong(Errc::malformed, "an address to listen on is \"0.0.0.0:8883\" or \"[::]:8883\"");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  std::string_view address = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  boost::system::error_code failure;
  const auto parsed = boost::asio::ip::make_address(std::string(address), failure);
  if (failure || parsed.is_v6() != bracketed) return wrong;
  ListenAddress out;
  out.address = parsed.to_string();
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || port.empty() || end != port.data() + port.size()) return wrong;
  return out;
}

std::string to_text(const ListenAddress& address) {
  const bool v6 = address.address.find(':') != std::string::npos;
  return (v6 ? "[" + address.address + "]" : address.address) + ":" + std::to_string(address.port);
}

bool collide(const ListenAddress& a, const ListenAddress& b) {
  if (a.port == 0 || a.port != b.port) return false;
  const auto one = boost::asio::ip::make_address(a.address);
  const auto other = boost::asio::ip::make_address(b.address);
  if (one.is_v4() != other.is_v4()) return false;  // [::] takes IPv6 alone where we bind it
  return one == other || one.is_unspecified() || other.is_unspecified();
}

std::string_view problem_of_id_scope(std::string_view text) {
  return IdScope::parse(text) ? "" : "an ID scope is 1 to 64 letters and digits, like \"0ne00ABCDEF\"";
}

std::string_view problem_of_host(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':';
  });
  return plain && !text.empty() && text.size() <= 253
             ? ""
             : "a host is a name or an address, without scheme, port or path";
}

std::string_view problem_of_registration_id(std::string_view text) {
  return RegistrationId::parse(text)
             ? ""
             : "a registrationId is 1 to 128 letters, digits and -._: and ends in a letter, a digit or -";
}

std::string_view problem_of_id_pattern(std::string_view text) {
  const bool prefix = text.ends_with('*');
  const std::string fixed(text.substr(0, text.size() - (prefix ? 1 : 0)));
  return RegistrationId::parse(prefix ? fixed + "0" : fixed) ? ""
                                                             : "is an id, or the beginning of one and '*'";
}

std::string_view problem_of_tcti(std::string_view text) {
  return tpm::parse_tcti(text) ? ""
                               : "a TPM is at device:PATH, swtpm:path=SOCKET or swtpm:host=ADDRESS,port=N";
}

std::string_view problem_of_broker(std::string_view text) {
  return broker::parse_uri(text) ? "" : "a broker is at \"mqtts://HOST:8883\" or \"mqtt://HOST:1883\"";
}

std::string_view problem_of_device(std::string_view text) {
  return text.size() > 1 && text.front() == '/' && text.back() != '/' ? ""
                                                                      : "is the absolute path of a device";
}

std::string_view problem_of_line(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
  if (text == "broker") return "is what ways over the broker are called";
  return plain && text.size() <= 48 ? "" : "a line's name is 1 to 48 letters, digits and .-_";
}

std::string_view problem_of_absolute_path(std::string_view text) {
  return text.empty() || text.front() == '/' ? "" : "a path must be absolute";
}

std::string_view problem_of_server_name(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
  return plain && text.size() <= 253 && !text.starts_with('.') && !text.ends_with('.')
             ? ""
             : "a server name is a DNS name in lower case, without port or wildcard";
}

// Of a directory they may be written in many ways: what no name can hold is a slip.
std::string_view problem_of_user(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != ':' && c != '/' && c != ',';
  });
  const bool number = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return plain && !number && text.size() <= 256 ? "" : "is the name of a user of this system, not its number";
}

std::string_view problem_of_loopback(std::string_view text) {
  const auto address = parse_listen_address(text);
  if (!address) return "an address to listen on is \"127.0.0.1:9464\" or \"[::1]:9464\"";
  if (!boost::asio::ip::make_address(address->address).is_loopback())
    return "only a loopback address: nobody is asked for a password here";
  return "";
}

std::string_view problem_of_textfile(std::string_view text) {
  if (text.empty() || text.front() != '/') return "a path must be absolute";
  return text.ends_with(".prom") ? "" : "node_exporter reads files that end in .prom alone";
}

std::string_view problem_of_network(std::string_view text) {
  return tunnel::Network::parse(text) ? ""
                                      : "is an address or a network without bits behind its prefix, like "
                                        "\"192.0.2.7\" or \"192.0.2.0/24\"";
}

std::string_view problem_of_neighbour(std::string_view text) {
  return parse_proxy("http://" + std::string(text)) ? "" : "is \"NAME:PORT\" or \"ADDRESS:PORT\"";
}

std::string_view problem_of_dialled(std::string_view text) {
  const auto address = parse_listen_address(text);
  const bool can_be_dialled = address && address->port != 0 && problem_of_neighbour(text).empty();
  return can_be_dialled ? "" : "is \"ADDRESS:PORT\"";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<std::size_t> costs((a.size() + 1) * columns);
  const auto cost = [&](std::size_t i, std::size_t j) -> std::size_t& { return costs[i * columns + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost(i, j) = i + j;
        continue;
      }
      const std::size_t replace = cost(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost(i, j) = std::min({replace, cost(i - 1, j) + 1, cost(i, j - 1) + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost(i, j) = std::min(cost(i, j), cost(i - 2, j - 2) + 1);
    }
  }
  return costs.back();
}

}  // namespace leafgate

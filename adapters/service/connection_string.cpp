#include "adapters/service/connection_string.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "gateway/crypto/base64.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::service {
namespace {

constexpr std::string_view white_space = " \t\r\n";
constexpr std::size_t longest_name = 253;

Error malformed(std::string what) { return {Errc::malformed, "connection string: " + std::move(what)}; }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

struct Part {
  std::string_view name;
  std::optional<std::string_view> value;
};
using Parts = std::array<Part, 3>;  // host, policy, key

// A part that is none of the three is told by its place: it may be the key itself.
Result<Parts> split(std::string_view text) {
  Parts parts{{{"HostName", {}}, {"SharedAccessKeyName", {}}, {"SharedAccessKey", {}}}};
  for (int place = 1; !text.empty(); ++place) {
    const std::string_view field = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    const std::size_t equals = field.find('=');
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const Part& known) {
      return equal_ignoring_case(known.name, trimmed(field.substr(0, equals)));
    });
    if (equals == std::string_view::npos || part == parts.end())
      return malformed("part " + std::to_string(place) +
                       " is none of HostName=..., SharedAccessKeyName=..., SharedAccessKey=...");
    if (part->value) return malformed(std::string(part->name) + " is given twice");
    part->value = trimmed(field.substr(equals + 1));
  }
  for (const Part& part : parts)
    if (!part.value || part.value->empty()) return malformed(std::string(part.name) + " is missing");
  return parts;
}

Result<std::uint16_t> read_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size() || port == 0)
    return malformed("the port in HostName is no number from 1 to 65535");
  return port;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

Result<void> read_host(std::string_view text, ConnectionString& into) {
  const std::size_t colon = text.find(':');
  const std::string host = ascii_lower(text.substr(0, colon));
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return is_host_character(c) || c == ':'; });
  if (!plain || host.empty() || host.size() > longest_name)
    return malformed("HostName is a name, without scheme or path");
  if (host.ends_with(".azure-devices.net"))
    return malformed("HostName " + host +
                     " is a hub's; that of the service ends in .azure-devices-provisioning.net");
  into.host = host;
  if (colon == std::string_view::npos) return {};
  const auto port = read_port(text.substr(colon + 1));
  if (!port) return port.error();
  into.port = *port;
  return {};
}

}  // namespace

Result<ConnectionString> parse_connection_string(std::string_view text) {
  const std::string_view content = trimmed(text);
  if (content.empty()) return malformed("is empty");
  const auto parts = split(content);
  if (!parts) return parts.error();
  const auto& [host, policy, key] = *parts;
  ConnectionString read;
  if (const Result<void> done = read_host(*host.value, read); !done) return done.error();
  read.policy = std::string(*policy.value);
  auto octets = crypto::base64::decode_secret(*key.value);
  if (!octets) return malformed("SharedAccessKey is not base64");
  read.policy_key = std::move(*octets);
  return read;
}

}  // namespace leafgate::service

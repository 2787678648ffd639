#include "gateway/app/told_config.hpp"

#include <algorithm>
#include <array>

#include "adapters/wire/json_text.hpp"
#include "gateway/app/config_keys.hpp"
#include "gateway/app/settings.hpp"

namespace leafgate {
namespace {

using wire::json::ObjectWriter;

constexpr const char* hidden = "(set, not told)";
constexpr auto secret_words = std::to_array<std::string_view>(
    {"credential", "password", "secret", "token", "connection_string", "passphrase"});

bool is_secret(const ConfigKey& key) {
  const auto stands_in = [&](std::string_view word) { return key.name.find(word) != std::string_view::npos; };
  return key.discreet || std::any_of(secret_words.begin(), secret_words.end(), stands_in);
}

// Without a user and a query: both may let somebody in.
std::string without_keys(std::string text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(text.find_first_of("/?", begin), text.size());
  const std::size_t at = text.substr(begin, end - begin).rfind('@');
  if (at != std::string::npos) text.erase(begin, at + 1);
  const std::size_t query = text.find('?');
  return query == std::string::npos ? text : text.substr(0, query) + "?...";
}

std::string told(const std::string& value) { return wire::json::quoted(without_keys(value)); }
std::string told(std::int64_t value) { return std::to_string(value); }
std::string told(bool value) { return value ? "true" : "false"; }
std::string told(Millis value) { return wire::json::quoted(to_text(value)); }
std::string told(Octets value) { return std::to_string(value.count); }
std::string told(const ListenAddress& value) { return wire::json::quoted(to_text(value)); }
std::string told(const std::map<std::string, std::string>& value) {
  ObjectWriter out;
  for (const auto& [name, text] : value) out.text(name, text);
  return out.str();
}
template <class T>
std::string told(const std::vector<T>& value) {
  std::string out = "[";
  for (const T& one : value) out.append(out.size() > 1 ? "," : "").append(told(one));
  return out + "]";
}

// Of a key that stands by itself; those of lists are told with their list.
template <class T>
std::string value_of(const Config& config, T Config::*member) {
  return told(config.*member);
}
template <class T, class Other>
std::string value_of(const Config&, T Other::*) {
  return {};
}

std::string settings_json(const Config& config) {
  ObjectWriter out;
  for (const ConfigKey& key : config_keys()) {
    if (is_config_list(key.section)) continue;
    std::string value = std::visit([&](auto member) { return value_of(config, member); }, key.member);
    if (value.empty()) continue;
    if (is_secret(key) && value != R"("")" && value != "[]" && value != "{}")
      value = wire::json::quoted(hidden);
    out.raw(std::string(key.section) + "." + std::string(key.name), value);
  }
  return out.str();
}

std::string lists_json(const Config& config, ObjectWriter out) {
  std::string lines = "[";
  for (const SerialSection& line : config.serial)
    lines.append(lines.size() > 1 ? "," : "")
        .append(ObjectWriter()
                    .text("name", line.name)
                    .text("path", line.path)
                    .number("baud", line.baud)
                    .raw("multidrop", told(line.multidrop))
                    .text("hold", line.hold)
                    .str());
  std::string routes = "[";
  for (const TunnelRoute& route : config.tunnel_routes)
    routes.append(routes.size() > 1 ? "," : "")
        .append(ObjectWriter().text("server_name", route.server_name).text("to", route.to).str());
  return out.raw("serial", lines + "]").raw("tunnel.route", routes + "]").str();
}

std::string certificates_json(const std::vector<ShownCertificate>& certificates) {
  std::string out = "[";
  for (const ShownCertificate& shown : certificates)
    out.append(out.size() > 1 ? "," : "")
        .append(ObjectWriter()
                    .text("file", shown.file)
                    .text("serverName", shown.server_name)
                    .raw("names", told(shown.names))
                    .number("secondsLeft", shown.left.count() / 1000)
                    .text("pem", shown.pem)
                    .str());
  return out + "]";
}

}  // namespace

std::string config_told(const Config& config, const std::vector<ShownCertificate>& certificates) {
  ObjectWriter out;
  out.raw("settings", settings_json(config)).raw("certificates", certificates_json(certificates));
  return lists_json(config, std::move(out));
}

}  // namespace leafgate

#include "adapters/mqtt/username.hpp"

#include <optional>

#include "adapters/mqtt/utf8.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::mqtt {
namespace {

constexpr std::size_t longest_client_version = 256;

// Takes the part up to `separator` off the front of `text`; all of it when there is none.
std::string_view take(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return part;
}

std::string bounded(std::string text) {
  if (text.size() <= longest_client_version) return text;
  std::size_t end = longest_client_version;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

std::string readable(std::string_view text) {
  auto decoded = percent_decode(text);
  return bounded(decoded && is_mqtt_text(*decoded) ? std::move(*decoded) : std::string(text));
}

}  // namespace

Result<Username> parse_username(std::string_view text) {
  if (text.find("/?api-version=") != std::string_view::npos)
    return Error(Errc::malformed, "user name is one for an IoT hub, not for a provisioning service");
  auto scope = IdScope::parse(take(text, '/'));
  if (!scope) return Error(Errc::malformed, "user name: " + scope.error().detail);
  if (take(text, '/') != "registrations")
    return Error(Errc::malformed,
                 "user name is not {idScope}/registrations/{registrationId}/api-version=...");
  auto id = RegistrationId::parse(take(text, '/'));
  if (!id) return Error(Errc::malformed, "user name: " + id.error().detail);

  std::optional<std::string_view> api_version, client_version;
  while (!text.empty()) {
    std::string_view value = take(text, '&');
    const auto key = take(value, '=');
    if (key != "api-version" && key != "ClientVersion") continue;
    auto& slot = key == "api-version" ? api_version : client_version;
    if (slot) return Error(Errc::malformed, "user name has a parameter twice");
    slot = value;
  }
  if (!api_version || api_version->empty()) return Error(Errc::malformed, "user name has no api-version");
  Username result(std::move(*scope), std::move(*id));
  result.api_version = readable(*api_version);
  result.client_version = readable(client_version.value_or(""));
  return result;
}

}  // namespace leafgate::mqtt

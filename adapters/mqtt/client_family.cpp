#include "adapters/mqtt/client_family.hpp"

namespace leafgate::mqtt {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "n.n.n" and nothing else.
bool is_bare_version(std::string_view text) {
  int dots = 0;
  char before = '.';
  for (const char c : text) {
    if (c == '.' ? !is_digit(before) : !is_digit(c)) return false;
    dots += c == '.' ? 1 : 0;
    before = c;
  }
  return dots == 2 && is_digit(before);
}

}  // namespace

ClientFamily client_family(std::string_view api_version, std::string_view client_version) {
  if (client_version.starts_with("azure-iot-provisioning-device/")) return ClientFamily::node;
  if (client_version.starts_with("azure-iot-device-provisioning-py/")) return ClientFamily::python;
  if (client_version.starts_with("Microsoft.Azure.Devices.Provisioning.Client/")) return ClientFamily::csharp;
  if (api_version == "2021-06-01" && is_bare_version(client_version)) return ClientFamily::c;
  // Java writes its api-version in both places.
  if (!client_version.empty() && client_version == api_version) return ClientFamily::java;
  return ClientFamily::unknown;
}

bool takes_direct_answer(ClientFamily family) {
  return family == ClientFamily::c || family == ClientFamily::node || family == ClientFamily::python;
}

bool needs_a_pause(ClientFamily family) { return family != ClientFamily::c; }

}  // namespace leafgate::mqtt

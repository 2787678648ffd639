#include "adapters/tunnel/rules.hpp"

#include <algorithm>

namespace leafgate::tunnel {

bool is_under(std::string_view name, const std::vector<std::string>& suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [name](const std::string& suffix) {
    if (!name.ends_with(suffix)) return false;
    return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
  });
}

bool is_hub_of_azure(std::string_view name) {
  static const std::vector<std::string> suffixes{"azure-devices.net", "azure-devices.cn", "azure-devices.us"};
  return is_under(name, suffixes);
}

}  // namespace leafgate::tunnel

#include "adapters/serial/line_config.hpp"

#include <algorithm>

#include "adapters/serial/tty_settings.hpp"

namespace leafgate::serial {
namespace {

constexpr std::size_t longest_name = 200;

bool may_stand_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-' || c == '/' || c == ':' || c == '+' || c == '@';
}

}  // namespace

Result<void> check(const LineConfig& config) {
  if (config.name.empty() || config.name.size() > longest_name ||
      !std::all_of(config.name.begin(), config.name.end(), may_stand_in_name))
    return Error(Errc::malformed, "name: 1 to 200 letters, digits and ._-/:+@");
  if (config.path.empty() || config.path.front() != '/' || config.path.back() == '/')
    return Error(Errc::malformed, "path: the absolute path of a device");
  if (!is_baud(config.baud)) return Error(Errc::malformed, "baud: not a rate that serial ports have");
  if (config.look_every < Millis(1000)) return Error(Errc::malformed, "look_every: at least 1s");
  if (config.discover_every < Millis(1000)) return Error(Errc::malformed, "discover_every: at least 1s");
  return {};
}

}  // namespace leafgate::serial

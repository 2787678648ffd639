#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/app/config.hpp"

namespace leafgate {

// What a start with this configuration would do, tried without touching anything but the files it names.
struct ConfigTrial {
  std::string summary;                // lines for a terminal
  std::vector<std::string> warnings;  // would start, but not do all of it
  std::vector<std::string> mistakes;  // would not start, or not whole
};
// `now` is when, where that is known: certificates are judged by it.
[[nodiscard]] ConfigTrial try_config(const Config& config, std::optional<WallTime> now);

}  // namespace leafgate

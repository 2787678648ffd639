#pragma once

#include <string>
#include <vector>

namespace leafgate {

// "a, b, c"
[[nodiscard]] inline std::string listed(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : ", ").append(text);
  return out;
}

}  // namespace leafgate

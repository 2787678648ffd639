#include "gateway/model/enrollment.hpp"

#include <algorithm>

namespace leafgate {

bool matches(const Enrollment& group, std::string_view registration_key) {
  if (group.match.empty()) return true;
  return std::any_of(group.match.begin(), group.match.end(), [registration_key](const std::string& pattern) {
    if (pattern.ends_with('*'))
      return registration_key.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
    return registration_key == pattern;
  });
}

}  // namespace leafgate

#include "gateway/flows/sync_scope.hpp"

#include <algorithm>

#include "gateway/model/ids.hpp"

namespace leafgate {

SyncScope::SyncScope(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) patterns_.push_back(ascii_lower(pattern));
  std::sort(patterns_.begin(), patterns_.end());
  for (const std::string& pattern : patterns_) text_.append(text_.empty() ? "" : ",").append(pattern);
}

bool SyncScope::covers(std::string_view id) const {
  const std::string key = ascii_lower(id);
  const auto fits = [&key](const std::string& pattern) {
    if (!pattern.ends_with('*')) return key == pattern;
    return key.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  };
  return patterns_.empty() || std::any_of(patterns_.begin(), patterns_.end(), fits);
}

}  // namespace leafgate

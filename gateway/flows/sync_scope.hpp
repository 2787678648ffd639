#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leafgate {

// Which enrollments of the list a site needs: ids, or their beginnings with '*', of both kinds, ignoring
// case; all where none are named.
class SyncScope {
 public:
  explicit SyncScope(const std::vector<std::string>& patterns);
  [[nodiscard]] bool covers(std::string_view id) const;
  // Differs where the scope does.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::vector<std::string> patterns_;  // lower case, in order
  std::string text_;
};

}  // namespace leafgate

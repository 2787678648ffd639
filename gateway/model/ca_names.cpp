#include "gateway/model/ca_names.hpp"

namespace leafgate {
namespace {

// Goes from string to string of a JSON text.
class Strings {
 public:
  explicit Strings(std::string_view text) : text_(text) {}

  // False: there are no more. What stands between this one and the one before is gap().
  bool next() {
    const std::size_t begin = text_.find('"', at_);
    if (begin == std::string_view::npos) return false;
    gap_ = text_.substr(at_, begin - at_);
    std::size_t end = begin + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2U : 1U;
    if (end >= text_.size()) return false;
    value_ = text_.substr(begin + 1, end - begin - 1);
    at_ = end + 1;
    return true;
  }
  [[nodiscard]] std::string_view value() const { return value_; }
  [[nodiscard]] std::string_view gap() const { return gap_; }
  // The string is a member's name, and what it names begins so.
  [[nodiscard]] bool names(char what) const {
    const std::size_t colon = text_.find_first_not_of(" \t\r\n", at_);
    if (colon == std::string_view::npos || text_[colon] != ':') return false;
    const std::size_t value = text_.find_first_not_of(" \t\r\n", colon + 1);
    return value != std::string_view::npos && text_[value] == what;
  }

 private:
  std::string_view text_;
  std::string_view value_;
  std::string_view gap_;
  std::size_t at_ = 0;
};

}  // namespace

CaNames ca_names(std::string_view record) {
  CaNames out;
  Strings strings(record);
  bool found = false;
  while (!found && strings.next()) found = strings.value() == "caReferences" && strings.names('{');
  while (found && strings.next()) {
    if (strings.gap().find('}') != std::string_view::npos) break;
    if (!strings.names('"')) continue;
    std::string* into = strings.value() == "primary" ? &out.primary : &out.secondary;
    const bool known = into == &out.primary || strings.value() == "secondary";
    if (!strings.next()) break;
    if (known) *into = strings.value();
  }
  return out;
}

}  // namespace leafgate

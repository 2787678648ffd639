#include "gateway/model/label_name.hpp"

namespace leafgate {

std::string label_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fine) c = '_';
  }
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) name.insert(0, 1, '_');
  return name;
}

}  // namespace leafgate

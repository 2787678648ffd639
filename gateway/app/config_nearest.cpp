// What was meant by a key or a section that is not known.
#include <algorithm>

#include "gateway/app/config_keys.hpp"

namespace leafgate {
namespace {

// edit_distance(), or `most` where the lengths alone are so far apart.
std::size_t distance_up_to(std::size_t most, std::string_view a, std::string_view b) {
  const std::size_t apart = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
  return apart >= most ? most : edit_distance(a, b);
}

}  // namespace

std::string nearest_config_key(std::string_view section, std::string_view name) {
  std::string best;
  std::size_t best_cost = 4;  // farther apart is another word, not a slip
  std::string_view measured;  // a section, and how far it is from the one asked for
  std::size_t in_section = 0;
  for (const ConfigKey& key : config_keys()) {
    if (key.section != measured) {
      measured = key.section;
      in_section = distance_up_to(best_cost, section, measured);
    }
    // A slip in the name, in the section, or the right name in another section.
    std::size_t cost = in_section;
    if (!name.empty() && key.name == name)
      cost = std::min<std::size_t>(cost, 2);
    else if (!name.empty() && cost < best_cost)
      cost += distance_up_to(best_cost, name, key.name);
    if (cost >= best_cost) continue;
    best_cost = cost;
    best = std::string(key.section);
    if (!name.empty()) best.append(".").append(key.name);
  }
  return best;
}

}  // namespace leafgate

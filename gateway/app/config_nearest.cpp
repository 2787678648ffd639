// What was meant by a key or a section that is not known.
#include <algorithm>

#include "gateway/app/config_keys.hpp"

namespace leafgate {
namespace {

constexpr std::size_t another_section = 2;  // the right name in it counts as so many slips

// As many slips may still leave the word that was meant: few in a short one.
std::size_t most_slips(std::string_view word) { return std::clamp<std::size_t>(word.size() / 3, 1, 3); }

class Nearest {
 public:
  explicit Nearest(std::string_view wanted) : wanted_(wanted), most_(most_slips(wanted)) {}

  // `word` is what `full` is called where it was looked for.
  void offer(std::string_view word, std::string_view full) {
    const std::size_t apart = std::max(word.size(), wanted_.size()) - std::min(word.size(), wanted_.size());
    if (apart > most_) return;
    const std::size_t slips = edit_distance(wanted_, word);
    if (slips <= most_) take(slips, full);
  }
  // Of another section: there it would have to be called just that.
  void offer_elsewhere(std::string_view word, std::string_view full) {
    if (word == wanted_) take(another_section, full);
  }
  [[nodiscard]] std::string best() const { return best_; }

 private:
  void take(std::size_t cost, std::string_view full) {
    if (!best_.empty() && cost >= cost_) return;
    cost_ = cost;
    best_ = full;
  }

  std::string_view wanted_;
  std::size_t most_;
  std::size_t cost_ = 0;
  std::string best_;
};

}  // namespace

std::string nearest_config_key(std::string_view section, std::string_view name) {
  Nearest nearest(name.empty() ? section : name);
  for (const ConfigKey& key : config_keys()) {
    if (name.empty()) {
      nearest.offer(key.section, key.section);
      continue;
    }
    const auto offer = [&](std::string_view of, std::string_view word, std::string_view full) {
      if (section.empty() || section == of)
        nearest.offer(word, full);
      else
        nearest.offer_elsewhere(word, full);
    };
    offer(key.section, key.name, std::string(key.section).append(".").append(key.name));
    // A list of sections like [[tls.extra]] stands in its section as a key does.
    if (const std::size_t dot = key.section.find('.'); dot != std::string_view::npos)
      offer(key.section.substr(0, dot), key.section.substr(dot + 1), key.section);
  }
  return nearest.best();
}

}  // namespace leafgate

#pragma once

#include <optional>
#include <string_view>

#include "gateway/flows/lru.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// Who keeps coming back although it was answered: a hub that refuses a device (401, 403, 404) sends it here
// to register again, so the third registration within 15 minutes of answers from cache goes to the service,
// once an hour a leaf (semantics §3, the third knock). In memory and bounded; loop time. Pure. First loop
// only.
class Knocks {
 public:
  explicit Knocks(std::size_t capacity = 16'384) : leaves_(capacity) {}

  // Whether a registration of this leaf now would be the third, with its hourly turn unused.
  [[nodiscard]] bool is_third(std::string_view registration_key, TimePoint now) const {
    const Leaf* leaf = leaves_.peek(registration_key);
    if (!leaf || !leaf->before_last || now - *leaf->before_last > window) return false;
    return !leaf->forwarded || now - *leaf->forwarded >= turn_every;
  }
  void answered_from_cache(std::string_view registration_key, TimePoint now) {
    Leaf* known = leaves_.find(registration_key);
    Leaf& leaf = known ? *known : leaves_.put(registration_key, Leaf());
    leaf.before_last = leaf.last;
    leaf.last = now;
  }
  // It has used its turn; answers of before count no more.
  void forwarded(std::string_view registration_key, TimePoint now) {
    Leaf leaf;
    leaf.forwarded = now;
    leaves_.put(registration_key, leaf);
  }
  [[nodiscard]] std::size_t size() const { return leaves_.size(); }

 private:
  static constexpr std::chrono::minutes window{15};
  static constexpr std::chrono::hours turn_every{1};

  struct Leaf {
    std::optional<TimePoint> last;  // answers from cache
    std::optional<TimePoint> before_last;
    std::optional<TimePoint> forwarded;
  };
  LruMap<Leaf> leaves_;
};

}  // namespace leafgate

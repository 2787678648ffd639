#pragma once

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace leafgate {

// A bounded map that forgets what was not asked for longest.
template <class Value>
class LruMap {
 public:
  explicit LruMap(std::size_t capacity) : capacity_(capacity) {}

  // Null when absent. The pointer holds until the next put or erase.
  Value* find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }

  // The same without counting as a use: for whoever walks over everything.
  const Value* peek(std::string_view key) const {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->second;
  }

  Value& put(std::string_view key, Value value) {
    if (Value* held = find(key)) {
      *held = std::move(value);
      return *held;
    }
    if (order_.size() >= capacity_) {
      index_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(std::string(key), std::move(value));
    index_.emplace(order_.front().first, order_.begin());
    return order_.front().second;
  }

  void erase(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    index_.erase(found);
    order_.erase(entry);
  }

  void clear() {
    index_.clear();
    order_.clear();
  }

  [[nodiscard]] std::size_t size() const { return order_.size(); }
  [[nodiscard]] auto begin() const { return order_.begin(); }  // most recently used first
  [[nodiscard]] auto end() const { return order_.end(); }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;
  std::size_t capacity_;
  Entries order_;
  std::unordered_map<std::string_view, typename Entries::iterator> index_;  // keys live in order_
};

}  // namespace leafgate

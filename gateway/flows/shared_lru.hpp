#pragma once

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/flows/lru.hpp"

namespace leafgate {

// An LruMap of which no owner holds more than a share: who can make up as many keys as it likes pushes out
// its own and nobody else's.
template <class Value>
class SharedLruMap {
 public:
  SharedLruMap(std::size_t capacity, std::size_t share)
      : capacity_(capacity), share_(share), entries_(capacity) {}

  // As those of LruMap.
  Value* find(std::string_view key) {
    Entry* entry = entries_.find(key);
    return entry == nullptr ? nullptr : &entry->value;
  }
  const Value* peek(std::string_view key) const {
    const Entry* entry = entries_.peek(key);
    return entry == nullptr ? nullptr : &entry->value;
  }
  // A key is always of the same owner.
  Value& put(std::string_view key, const std::string& owner, Value value) {
    if (Value* held = find(key)) {
      *held = std::move(value);
      return *held;
    }
    make_room(owner);
    ++held_by_[owner];
    return entries_.put(key, Entry{owner, std::move(value)}).value;
  }
  void erase(std::string_view key) {
    const Entry* entry = entries_.peek(key);
    if (entry == nullptr) return;
    const auto count = held_by_.find(entry->owner);
    if (--count->second == 0) held_by_.erase(count);
    entries_.erase(key);
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // For who walks over everything and changes it.
  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> out;
    for (const auto& [key, entry] : entries_) out.push_back(key);
    return out;
  }

 private:
  struct Entry {
    std::string owner;
    Value value;
  };

  // Only for who holds its share already it looks further than at the last.
  void make_room(const std::string& owner) {
    const auto count = held_by_.find(owner);
    const bool has_its_share = count != held_by_.end() && count->second >= share_;
    if (!has_its_share && entries_.size() < capacity_) return;
    auto oldest = std::prev(entries_.end());
    while (has_its_share && oldest->second.owner != owner) --oldest;
    const std::string key = oldest->first;
    erase(key);
  }

  std::size_t capacity_;
  std::size_t share_;
  LruMap<Entry> entries_;
  std::unordered_map<std::string, std::size_t> held_by_;
};

}  // namespace leafgate

#include "store/derived_cache.hpp"

#include "gateway/crypto/digest.hpp"

namespace leafgate {

std::string DerivedCache::name_of(std::string_view group_key, std::string_view registration_id) {
  const auto digest = crypto::sha256(as_bytes(group_key));
  return std::string(as_text(digest)).append(registration_id);
}

const crypto::Secret* DerivedCache::find(std::string_view group_key, std::string_view registration_id) {
  const auto place = places_.find(name_of(group_key, registration_id));
  if (place == places_.end()) return nullptr;
  order_.splice(order_.begin(), order_, place->second);
  return &place->second->derived;
}

void DerivedCache::put(std::string_view group_key, std::string_view registration_id, crypto::Secret derived) {
  std::string name = name_of(group_key, registration_id);
  if (const auto known = places_.find(name); known != places_.end()) {
    known->second->derived = std::move(derived);
    order_.splice(order_.begin(), order_, known->second);
    return;
  }
  order_.push_front(Entry{std::move(name), std::move(derived)});
  places_.emplace(order_.front().name, order_.begin());
  if (order_.size() <= most_) return;
  places_.erase(order_.back().name);
  order_.pop_back();
}

}  // namespace leafgate

#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/crypto/secret.hpp"

namespace leafgate {

// Device keys that the TPM derived, the most recently used ones: key and id of the leaf -> device key.
class DerivedCache {
 public:
  explicit DerivedCache(std::size_t most) : most_(most) {}

  // Null: not known. Good until the next put().
  [[nodiscard]] const crypto::Secret* find(std::string_view group_key, std::string_view registration_id);
  void put(std::string_view group_key, std::string_view registration_id, crypto::Secret derived);
  [[nodiscard]] std::size_t size() const { return places_.size(); }

 private:
  struct Entry {
    std::string name;
    crypto::Secret derived;
  };
  using Order = std::list<Entry>;  // the front was used last
  static std::string name_of(std::string_view group_key, std::string_view registration_id);

  const std::size_t most_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> places_;  // by the name in the entry
};

}  // namespace leafgate

#pragma once

#include <optional>

#include "gateway/model/result.hpp"
#include "gateway/model/sealed_key.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Outward: the one row of the gateway's leaf-link key, sealed (sealed_rows::link_key()). First loop only.
// Errors: store_full, store_fault, stopped.
class LinkIdentityStore {
 public:
  virtual ~LinkIdentityStore() = default;
  virtual Task<Result<std::optional<SealedKey>>> load() = 0;
  virtual Task<Result<void>> save(SealedKey key) = 0;
};

}  // namespace leafgate

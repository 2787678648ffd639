#pragma once

#include <optional>
#include <string>

#include "gateway/model/result.hpp"
#include "gateway/model/sealed_key.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Where the service put the gateway itself, and the key by which its hub knows it: an HMAC object of this TPM
// (Trust::seal_tpm_key, sealed_rows::own_hub_key()).
struct OwnIdentity {
  std::string registration_id;
  std::string endorsement;  // hex SHA-256 of the endorsement key it registered with
  std::string assigned_hub;
  std::string device_id;
  SealedKey hub_key;
  WallTime at{};
  friend bool operator==(const OwnIdentity&, const OwnIdentity&) = default;
};

// Outward: the one record of it. First loop only. Errors: store_full, store_fault, stopped.
class OwnIdentityStore {
 public:
  virtual ~OwnIdentityStore() = default;
  virtual Task<Result<std::optional<OwnIdentity>>> load() = 0;
  virtual Task<Result<void>> save(OwnIdentity identity) = 0;
};

}  // namespace leafgate

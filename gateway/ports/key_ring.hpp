#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/tpm.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// A key that the secrets of the store are sealed under, without the key itself. The newest seals; older ones
// stand only while what they sealed is sealed anew.
struct RingKey {
  std::int64_t id = 0;
  std::optional<TpmObject> sealed;  // by the TPM; none: it is kept in a file beside the database
  Bytes recovery;                   // the key in an envelope to the operator's recovery key; empty: none
  bool open = false;                // Trust has it
  bool in_file = false;             // it stands in the key file, also where it is meant for a TPM
};

struct ResealProgress {
  bool wanted = false;           // there may be secrets that are not under the newest key
  std::uint64_t renewed = 0;     // since start
  std::uint64_t unreadable = 0;  // at the last look: damaged, or under a key that is out of reach
};

// How the TPM of this state folder is known again, and the value that opens its counter.
struct TpmBelonging {
  std::optional<TpmAnchor> anchor;  // none: set-up has begun and not ended
  crypto::Secret counter_auth;      // empty: sealed, and out of reach
};

// Outward: the keys of Trust. First loop only. A returned success is durable. Errors beside those named:
// store_full, store_fault, stopped.
class KeyRing {
 public:
  virtual ~KeyRing() = default;

  // Oldest first; what stands in the store. Never empty.
  [[nodiscard]] virtual const std::vector<RingKey>& keys() const = 0;

  // Gives a key to Trust. Errors: not_found, refused (it is not that key).
  virtual Result<void> open(std::int64_t id, const crypto::Secret& key) = 0;
  // Which key this is. Errors: not_found.
  [[nodiscard]] virtual Result<std::int64_t> find(const crypto::Secret& key) const = 0;
  // An open key, to seal it again or to put it into an envelope. Errors: not_found, throttled (not open).
  virtual Result<crypto::Secret> take_out(std::int64_t id) = 0;

  // Adds a key sealed by the TPM and opens it: from then on it seals. What is sealed under others stays
  // readable and is sealed anew by reseal().
  virtual Task<Result<std::int64_t>> add(TpmObject sealed, Bytes recovery, crypto::Secret key) = 0;
  // The same key sealed by another TPM; `recovery` empty: that copy stays as it is.
  virtual Task<Result<void>> replace(std::int64_t id, TpmObject sealed, Bytes recovery) = 0;
  // Seals everything anew that is not under the newest key, in steps between other commits; then older keys
  // are taken out of the store, and the key file is removed where no key stands in it alone. Goes on where it
  // was ended by a fault or a kill. Errors: throttled (the newest key is not open, or something is under one
  // that is out of reach: that one stays).
  virtual Task<Result<void>> reseal() = 0;
  [[nodiscard]] virtual ResealProgress progress() const = 0;
  // Overwrites and removes the key file. Errors: conflict (a key stands in it alone).
  virtual Task<Result<void>> remove_file() = 0;

  // Nothing: this state folder belongs to no TPM yet.
  virtual Task<Result<std::optional<TpmBelonging>>> belonging() = 0;
  // Of an operator's restore: the newest checkpoint that was signed before it, 0 where there was none.
  // Nothing: this is no restored store, or the mark is not by its key. Errors: throttled (no key is open).
  virtual Task<Result<std::optional<std::int64_t>>> restored() = 0;
  // Errors: throttled (no key is open).
  virtual Task<Result<void>> set_belonging(TpmBelonging belonging) = 0;
};

}  // namespace leafgate

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// A backup on its way out: one envelope (crypto/envelope.hpp), so nothing of it is in clear. What it takes of
// the disk is given back with it.
class BackupSource {
 public:
  virtual ~BackupSource() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;  // octets in all
  // The next piece; empty at the end. Blocks on the disk: for the pool. Errors: store_fault.
  virtual Result<Bytes> next() = 0;
};

struct BackupOrder {
  std::string recipient;  // PEM of the public key that can open it
  crypto::Secret key;     // the sealing key of this store
  std::string gateway;    // who it is of, for people
  WallTime made{};
};

// Outward: copies of the store as it is between two commits. First loop only.
class Backups {
 public:
  virtual ~Backups() = default;
  // Commits go on meanwhile. Errors: malformed, unsupported (the recipient), store_full (it wants as much
  // room as the database takes), throttled (the key is not the only one of the store), stopped.
  virtual Task<Result<std::shared_ptr<BackupSource>>> make(BackupOrder order) = 0;
};

// Inward: what the engineer may ask. Any loop; answers on the caller's. It stands in the audit log before it
// is made.
class BackupOperator {
 public:
  virtual ~BackupOperator() = default;
  // Errors: those of Backups; throttled (the secrets are out of reach, or a backup is being fetched).
  virtual Task<Result<std::shared_ptr<BackupSource>>> back_up(std::string recipient, Actor who) = 0;
};

}  // namespace leafgate

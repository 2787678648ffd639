#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/model/result.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/backups.hpp"
#include "gateway/ports/confirmations.hpp"
#include "gateway/ports/denials.hpp"
#include "gateway/ports/derived_keys.hpp"
#include "gateway/ports/enrollment_sync.hpp"
#include "gateway/ports/enrollments.hpp"
#include "gateway/ports/expectations.hpp"
#include "gateway/ports/key_ring.hpp"
#include "gateway/ports/link_identity.hpp"
#include "gateway/ports/own_identity.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/receipt_log.hpp"
#include "gateway/ports/reconciliations.hpp"
#include "gateway/ports/registrations.hpp"
#include "gateway/ports/site_state.hpp"
#include "gateway/ports/trust.hpp"
#include "store/checkpoint_rows.hpp"
#include "store/database.hpp"
#include "store/reserve.hpp"

namespace leafgate {

struct StoreOptions {
  std::string path;  // the state folder
  // Called once, on a thread of the store, when the disk or the database has failed: the application closes
  // its listeners and ends with exit code 74.
  std::function<void(const Error&)> on_fault;
  std::int64_t reserve = Reserve::default_size;  // octets kept back for a full disk
  checkpoint_rows::Limits receipts;              // what is kept of the log of receipts
  // For tests of faults.
  std::string vfs;
  std::function<Result<void>(const std::string& path)> forget_pages;
};

// What the gateway remembers: an SQLite database in a folder of its own, one thread that writes, one that
// reads, one for upkeep. The ports are used from the first loop and live as long as this.
class Store {
 public:
  // Blocks: opens by the start rule (store/database.hpp), migrates, seals what is in clear, takes the
  // reserve. Errors: conflict (another daemon, a folder others may write, a key file others may read, a newer
  // database), store_full, store_fault.
  static Result<std::unique_ptr<Store>> open(StoreOptions options, Random& random);
  virtual ~Store() = default;

  [[nodiscard]] virtual Enrollments& enrollments() = 0;
  [[nodiscard]] virtual EnrollmentSync& enrollment_sync() = 0;
  [[nodiscard]] virtual Registrations& registrations() = 0;
  [[nodiscard]] virtual Confirmations& confirmations() = 0;
  [[nodiscard]] virtual ReceiptLog& receipt_log() = 0;
  [[nodiscard]] virtual Reconciliations& reconciliations() = 0;
  [[nodiscard]] virtual SiteStateStore& site_state() = 0;
  [[nodiscard]] virtual AuditLog& audit_log() = 0;
  [[nodiscard]] virtual OwnIdentityStore& own_identity() = 0;
  [[nodiscard]] virtual LinkIdentityStore& link_identity() = 0;
  [[nodiscard]] virtual Denials& denials() = 0;
  [[nodiscard]] virtual Expectations& expectations() = 0;
  // Open at once where the key file has its key (store/sealing_start.hpp).
  [[nodiscard]] virtual DerivedKeys& derived_keys() = 0;
  [[nodiscard]] virtual Trust& trust() = 0;
  [[nodiscard]] virtual KeyRing& key_ring() = 0;
  [[nodiscard]] virtual Backups& backups() = 0;
  [[nodiscard]] virtual StoreMonitor& monitor() = 0;

  // quick_check of this start: at once when opening has done it, else by the upkeep thread (call after
  // READY). A failure is a storage fault, also told through on_fault.
  virtual Task<Result<void>> check() = 0;
  // True when the writer has run since the last call; for the watchdog.
  [[nodiscard]] virtual bool is_alive_since_last_asked() = 0;
  // Ends what goes step by step (a list that is staged, an import, a sweep) and what goes through everything
  // (the check of this start, a backup) with `stopped`, while all else goes on: whoever waits for it need not
  // be waited for. Each step that was made is durable; the rest is done by the next start, or told to whoever
  // asked. Blocks as long as a sync of the disk takes. Once, before stop().
  virtual void end_long_work() = 0;
  // The clean stop: finishes what is queued, blocks until the log is in the database, closes it and leaves
  // the mark of a clean stop, unless there was a fault. Later calls of the ports give `stopped`. Without it
  // the next start is one after a crash. Once.
  virtual void stop() = 0;
};

}  // namespace leafgate

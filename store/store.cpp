#include "store/store.hpp"

#include <atomic>
#include <filesystem>
#include <utility>

#include "gateway/runtime/log.hpp"
#include "store/enrollment_import.hpp"
#include "store/health.hpp"
#include "store/sealing_start.hpp"
#include "store/sealing_trust.hpp"
#include "store/sqlite_audit_log.hpp"
#include "store/sqlite_backups.hpp"
#include "store/sqlite_confirmations.hpp"
#include "store/sqlite_denials.hpp"
#include "store/sqlite_derived_keys.hpp"
#include "store/sqlite_enrollment_sync.hpp"
#include "store/sqlite_enrollments.hpp"
#include "store/sqlite_expectations.hpp"
#include "store/sqlite_key_ring.hpp"
#include "store/sqlite_link_identity.hpp"
#include "store/sqlite_own_identity.hpp"
#include "store/sqlite_receipt_log.hpp"
#include "store/sqlite_reconciliations.hpp"
#include "store/sqlite_registrations.hpp"
#include "store/sqlite_site_state.hpp"
#include "store/state_dir.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {
namespace {

constexpr int copies_of_a_checkpoint = 3;
constexpr Millis courtesy_of_a_checkpoint{100};

struct Parts {
  StateDir dir;
  Connection writing;
  Connection reading;
  Connection upkeep;
  SealingStart sealing;
  bool checked;
};

// The key or the room of an earlier store, and no store: without a word all that was known here, and all that
// was promised, would have gone.
void say_if_lost(const StateDir& dir) {
  std::error_code failure;
  if (std::filesystem::file_size(dir.database(), failure) > 0 || failure) return;
  for (const std::string& left : {dir.key_file(), dir.reserve()}) {
    if (!std::filesystem::exists(left, failure)) continue;
    log::error("the store is gone and begins empty, though something of it is left: restore a backup",
               {{"store", dir.database()}, {"left", left}});
    return;
  }
}

Result<Parts> open_parts(const StoreOptions& options, Random& random) {
  auto dir = StateDir::open(options.path);
  if (!dir) return dir.error();
  const auto clean = dir->take_clean_mark();
  if (!clean) return clean.error();
  say_if_lost(*dir);
  DatabaseOptions database;
  database.path = dir->database();
  database.after_clean_stop = *clean;
  database.vfs = options.vfs;
  database.forget_pages = options.forget_pages ? options.forget_pages : sync_and_forget_pages;
  auto writing = open_database(database);
  if (!writing) return writing.error();
  if (auto made = ensure_site(*writing); !made) return made.error();
  auto sealing = start_sealing(*writing, *dir, random);
  if (!sealing) return sealing.error();
  auto reading = Connection::open(database.path, Connection::Access::read_only, options.vfs);
  if (!reading) return reading.error();
  auto upkeep = Connection::open(database.path, Connection::Access::read_write, options.vfs);
  if (!upkeep) return upkeep.error();
  return Parts{std::move(*dir),    std::move(*writing), std::move(*reading),
               std::move(*upkeep), std::move(*sealing), !*clean};
}

class SqliteStore : public Store {
 public:
  SqliteStore(Parts parts, const StoreOptions& options, Random& random)
      : dir_(std::move(parts.dir)),
        health_(dir_.database(), options.on_fault),
        trust_(random),
        upkeep_("store-upkeep", std::move(parts.upkeep), health_),
        reader_("store-reader", std::move(parts.reading), health_),
        writer_(std::move(parts.writing), health_, take_reserve(options), [this] { ask_for_checkpoint(); }),
        key_ring_(writer_, reader_, upkeep_, trust_, KeyFile(dir_.key_file()), std::move(parts.sealing)),
        enrollments_(writer_, reader_, &trust_),
        enrollment_sync_(writer_, reader_, upkeep_, enrollments_, &trust_),
        receipt_log_(writer_, reader_, options.receipts),
        registrations_(writer_, reader_, receipt_log_, &trust_),
        confirmations_(writer_),
        reconciliations_(writer_, reader_),
        site_state_(writer_, reader_),
        audit_log_(writer_, reader_),
        own_identity_(writer_, reader_),
        link_identity_(writer_, reader_),
        denials_(writer_, reader_),
        expectations_(writer_, reader_),
        derived_keys_(writer_, reader_),
        backups_(upkeep_, dir_.path()) {
    if (parts.checked) health_.set_checked();
    writer_.add_steps(std::make_unique<Sweep>());
  }
  // It tells the writer of its checkpoints.
  ~SqliteStore() override { upkeep_.stop(Worker::End::finish); }

  Enrollments& enrollments() override { return enrollments_; }
  EnrollmentSync& enrollment_sync() override { return enrollment_sync_; }
  Registrations& registrations() override { return registrations_; }
  Confirmations& confirmations() override { return confirmations_; }
  ReceiptLog& receipt_log() override { return receipt_log_; }
  Reconciliations& reconciliations() override { return reconciliations_; }
  SiteStateStore& site_state() override { return site_state_; }
  AuditLog& audit_log() override { return audit_log_; }
  OwnIdentityStore& own_identity() override { return own_identity_; }
  LinkIdentityStore& link_identity() override { return link_identity_; }
  Denials& denials() override { return denials_; }
  Expectations& expectations() override { return expectations_; }
  DerivedKeys& derived_keys() override { return derived_keys_; }
  Trust& trust() override { return trust_; }
  KeyRing& key_ring() override { return key_ring_; }
  Backups& backups() override { return backups_; }
  StoreMonitor& monitor() override { return health_; }
  bool is_alive_since_last_asked() override { return writer_.is_alive_since_last_asked(); }

  Task<Result<void>> check() override {
    if (health_.health().checked) co_return Result<void>();
    auto check = [this](Connection& connection) {
      auto checked = connection.quick_check();
      if (checked) health_.set_checked();
      return checked;
    };
    co_return co_await upkeep_.ask(check);
  }

  void end_long_work() override {
    writer_.end_steps();  // first: nothing waits for a copy of the log from here on
    upkeep_.stop(Worker::End::interrupt);
  }
  void stop() override {
    reader_.stop(Worker::End::finish);
    upkeep_.stop(Worker::End::interrupt);
    if (!writer_.stop()) {
      log::warning("the store was not closed cleanly; the next start checks it");
      return;
    }
    if (auto marked = dir_.set_clean_mark(); !marked)
      log::warning("clean stop could not be marked", {{"error", marked.error().detail}});
  }

 private:
  Reserve take_reserve(const StoreOptions& options) {
    Reserve reserve(dir_.reserve(), options.reserve);
    health_.set_full(!reserve.take());
    return reserve;
  }

  // Copying the log into the database takes a sync of its own: on the upkeep thread it delays no commit. More
  // than once, for what was committed meanwhile: the log begins anew only where a commit finds nothing left.
  void ask_for_checkpoint() {
    upkeep_.post([this](Connection& connection) -> Result<void> {
      Result<std::int64_t> left = 0;
      connection.courtesy().begin(courtesy_of_a_checkpoint);
      for (int times = 0; left && times < copies_of_a_checkpoint; ++times)
        left = connection.checkpoint(false);
      connection.courtesy().end();
      writer_.log_was_copied();
      if (!left) return left.error();
      return {};
    });
  }

  StateDir dir_;
  Health health_;
  SealingTrust trust_;
  // The writer asks the upkeep for checkpoints, so it goes first.
  Worker upkeep_;
  Worker reader_;
  Writer writer_;
  SqliteKeyRing key_ring_;
  SqliteEnrollments enrollments_;
  SqliteEnrollmentSync enrollment_sync_;
  SqliteReceiptLog receipt_log_;
  SqliteRegistrations registrations_;
  SqliteConfirmations confirmations_;
  SqliteReconciliations reconciliations_;
  SqliteSiteState site_state_;
  SqliteAuditLog audit_log_;
  SqliteOwnIdentity own_identity_;
  SqliteLinkIdentity link_identity_;
  SqliteDenials denials_;
  SqliteExpectations expectations_;
  SqliteDerivedKeys derived_keys_;
  SqliteBackups backups_;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, Random& random) {
  auto parts = open_parts(options, random);
  if (!parts) return parts.error();
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(*parts), options, random));
}

}  // namespace leafgate

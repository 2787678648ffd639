#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "store/store.hpp"
#include "tests/fakes/fake_audit_log.hpp"
#include "tests/fakes/fake_confirmations.hpp"
#include "tests/fakes/fake_denials.hpp"
#include "tests/fakes/fake_derived_keys.hpp"
#include "tests/fakes/fake_enrollment_sync.hpp"
#include "tests/fakes/fake_enrollments.hpp"
#include "tests/fakes/fake_expectations.hpp"
#include "tests/fakes/fake_registrations.hpp"
#include "tests/fakes/fake_site_state.hpp"
#include "tests/fakes/fake_trust.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/store/examples.hpp"

namespace leafgate {

// Of the log of receipts, so that a test need not write ten thousand.
inline constexpr std::int64_t receipts_kept = 20;
inline constexpr std::int64_t checkpoints_kept = 5;

// The contract suites run on both: what holds for the store holds for the fakes that flows are tested with.
class FakeSite {
 public:
  FakeSite() {
    registrations_.receipts.entries_kept = receipts_kept;
    registrations_.receipts.checkpoints_kept = checkpoints_kept;
  }
  Enrollments& enrollments() { return enrollments_; }
  EnrollmentSync& enrollment_sync() { return enrollment_sync_; }
  Registrations& registrations() { return registrations_; }
  Confirmations& confirmations() { return confirmations_; }
  ReceiptLog& receipt_log() { return registrations_.receipts; }
  Reconciliations& reconciliations() { return registrations_.outcomes; }
  SiteStateStore& site_state() { return site_state_; }
  Trust& trust() { return trust_; }
  DerivedKeys& derived_keys() { return derived_keys_; }
  AuditLog& audit_log() { return audit_log_; }
  Denials& denials() { return denials_; }
  Expectations& expectations() { return expectations_; }
  std::int64_t writes() const {
    return enrollments_.writes + enrollment_sync_.writes + registrations_.writes + site_state_.writes;
  }
  void restart() {}
  void crash() {}

 private:
  FakeEnrollments enrollments_;
  FakeRegistrations registrations_;
  FakeEnrollmentSync enrollment_sync_{enrollments_, registrations_};
  FakeConfirmations confirmations_{registrations_};
  FakeSiteState site_state_;
  FakeTrust trust_;
  FakeDerivedKeys derived_keys_;
  FakeAuditLog audit_log_;
  FakeDenials denials_;
  FakeExpectations expectations_;
};

class SqliteSite {
 public:
  SqliteSite() { open(); }
  Enrollments& enrollments() { return store_->enrollments(); }
  EnrollmentSync& enrollment_sync() { return store_->enrollment_sync(); }
  Registrations& registrations() { return store_->registrations(); }
  Confirmations& confirmations() { return store_->confirmations(); }
  ReceiptLog& receipt_log() { return store_->receipt_log(); }
  Reconciliations& reconciliations() { return store_->reconciliations(); }
  SiteStateStore& site_state() { return store_->site_state(); }
  Trust& trust() { return store_->trust(); }
  DerivedKeys& derived_keys() { return store_->derived_keys(); }
  AuditLog& audit_log() { return store_->audit_log(); }
  Denials& denials() { return store_->denials(); }
  Expectations& expectations() { return store_->expectations(); }
  std::int64_t writes() const { return store_->monitor().health().writes; }
  void restart() {
    store_->stop();
    store_.reset();
    open();
  }
  // As after kill -9: the log of the database stays for the next start.
  void crash() {
    store_.reset();
    open();
  }

 private:
  void open() {
    StoreOptions options;
    options.path = folder_.path();
    options.receipts.entries = receipts_kept;
    options.receipts.checkpoints = checkpoints_kept;
    store_ = Store::open(std::move(options), random_).value();
  }
  TemporaryFolder folder_;
  example::CountingRandom random_;
  std::unique_ptr<Store> store_;
};

using Sites = ::testing::Types<FakeSite, SqliteSite>;

}  // namespace leafgate

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.hpp"
#include "tests/fakes/run_task.hpp"

// The real store for flows in virtual time: its threads work in real time, so every call is waited for right
// where it is made, and virtual time stands still meanwhile.
namespace leafgate {

class BlockingEnrollments : public Enrollments {
 public:
  explicit BlockingEnrollments(Enrollments& it) : it_(it) {}
  Task<Result<std::optional<Enrollment>>> individual(std::string_view key) override {
    co_return run_task(it_.individual(key));
  }
  Task<Result<std::vector<Enrollment>>> groups() override { co_return run_task(it_.groups()); }
  Task<Result<std::vector<Enrollment>>> list(EnrollmentKind kind, std::string after,
                                             std::size_t limit) override {
    co_return run_task(it_.list(kind, std::move(after), limit));
  }
  Task<Result<std::string>> id_of_endorsement_key(std::string key) override {
    co_return run_task(it_.id_of_endorsement_key(std::move(key)));
  }
  Task<Result<void>> import(std::vector<Enrollment> enrollments) override {
    co_return run_task(it_.import(std::move(enrollments)));
  }
  Task<Result<bool>> remove(EnrollmentKind kind, std::string id) override {
    co_return run_task(it_.remove(kind, std::move(id)));
  }
  Task<Result<std::size_t>> count() override { co_return run_task(it_.count()); }

 private:
  Enrollments& it_;
};

class BlockingRegistrations : public Registrations {
 public:
  explicit BlockingRegistrations(Registrations& it) : it_(it) {}
  Task<Result<std::optional<RegistrationRecord>>> find(std::string_view key) override {
    co_return run_task(it_.find(key));
  }
  Task<Result<std::vector<RegistrationRecord>>> list(std::string after, std::size_t limit) override {
    co_return run_task(it_.list(std::move(after), limit));
  }
  Task<Result<std::size_t>> count() override { co_return run_task(it_.count()); }
  Task<Result<std::vector<std::string>>> hubs() override { co_return run_task(it_.hubs()); }
  Task<Result<std::int64_t>> enqueue(OutboxRow row, std::vector<AttemptNote> notes) override {
    co_return run_task(it_.enqueue(std::move(row), std::move(notes)));
  }
  Task<Result<PromisedRow>> promise(OutboxRow row, Registration told, std::vector<AttemptNote> notes,
                                    Receipt receipt) override {
    co_return run_task(it_.promise(std::move(row), std::move(told), std::move(notes), std::move(receipt)));
  }
  Task<Result<std::int64_t>> settle(Registration registration, OperationId operation,
                                    std::vector<AttemptNote> notes, std::optional<Receipt> receipt) override {
    co_return run_task(
        it_.settle(std::move(registration), std::move(operation), std::move(notes), std::move(receipt)));
  }
  Task<Result<bool>> forget(std::string_view key) override { co_return run_task(it_.forget(key)); }
  Task<Result<std::vector<OutboxRow>>> outbox(std::int64_t after, std::size_t limit) override {
    co_return run_task(it_.outbox(after, limit));
  }
  Task<Result<std::optional<OutboxRow>>> outbox_row(std::string_view key) override {
    co_return run_task(it_.outbox_row(key));
  }
  Task<Result<void>> drop(OperationId operation, PromiseEnd end, std::vector<AttemptNote> notes) override {
    co_return run_task(it_.drop(std::move(operation), end, std::move(notes)));
  }

 private:
  Registrations& it_;
};

class BlockingReconciliations : public Reconciliations {
 public:
  explicit BlockingReconciliations(Reconciliations& it) : it_(it) {}
  Task<Result<std::optional<Promise>>> find(std::string_view key) override {
    co_return run_task(it_.find(key));
  }
  Task<Result<std::vector<Promise>>> list(PromiseFilter filter) override {
    co_return run_task(it_.list(std::move(filter)));
  }
  Task<Result<PromiseCounts>> counts() override { co_return run_task(it_.counts()); }
  Task<Result<void>> refuse(std::string key, Reason why, WallTime at, bool told) override {
    co_return run_task(it_.refuse(std::move(key), why, at, told));
  }
  Task<Result<std::vector<std::string>>> concerned(std::string after, std::size_t limit) override {
    co_return run_task(it_.concerned(std::move(after), limit));
  }
  Task<Result<bool>> remember(Promise promise) override {
    co_return run_task(it_.remember(std::move(promise)));
  }
  Task<Result<void>> object(std::string key, Reason why) override {
    co_return run_task(it_.object(std::move(key), why));
  }
  Task<Result<void>> passed(std::string key) override { co_return run_task(it_.passed(std::move(key))); }
  Task<Result<void>> told(std::string key) override { co_return run_task(it_.told(std::move(key))); }
  Task<Result<std::size_t>> clear(std::optional<PromiseState> state) override {
    co_return run_task(it_.clear(state));
  }
  Task<Result<std::int64_t>> begin_outage(OutageMoment at, Reason why) override {
    co_return run_task(it_.begin_outage(at, why));
  }
  Task<Result<void>> end_outage(OutageMoment at, Millis worth) override {
    co_return run_task(it_.end_outage(at, worth));
  }
  Task<Result<std::vector<Outage>>> outages() override { co_return run_task(it_.outages()); }

 private:
  Reconciliations& it_;
};

}  // namespace leafgate

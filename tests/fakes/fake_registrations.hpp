#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/registrations.hpp"
#include "gateway/runtime/sleep.hpp"
#include "tests/fakes/fail_switch.hpp"
#include "tests/fakes/fake_receipt_log.hpp"
#include "tests/fakes/fake_reconciliations.hpp"

namespace leafgate {

// Registrations in memory: every call completes at once on the caller, or, where the test says how long a
// commit takes, a change is seen only after that, as a reader beside the writer sees it. Members are open to
// the tests.
class FakeRegistrations : public Registrations {
 public:
  FailSwitch fail;
  Millis commit_time{0};
  std::map<std::string, RegistrationRecord> records;  // by key
  std::map<std::int64_t, OutboxRow> rows;             // by sequence
  std::int64_t writes = 0;                            // calls that changed something
  FakeReceiptLog receipts;
  FakeReconciliations outcomes;

  FakeRegistrations() {
    outcomes.waiting_in_outbox = [this] {
      std::vector<Promise> out;
      for (const auto& [sequence, row] : rows) {
        OutboxRow promised = row;
        promised.reason = Reason::queued_offline;
        Promise promise = promise_of(promised, records.at(row.id.key()).registration).value();
        promise.reason = row.reason;
        out.push_back(std::move(promise));
      }
      return out;
    };
    outcomes.make_known = [this](const Promise& promise) {
      AttemptNote came;
      came.at = promise.made_at;
      came.reason = promise.reason;
      came.step = "register";
      RegistrationRecord record{Registration(promise.id), {came}};
      if (records.try_emplace(promise.id.key(), std::move(record)).second) ++writes;
    };
  }

  Task<Result<std::optional<RegistrationRecord>>> find(std::string_view registration_key) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = records.find(std::string(registration_key));
    if (at == records.end()) co_return std::optional<RegistrationRecord>();
    co_return std::optional<RegistrationRecord>(at->second);
  }

  Task<Result<std::vector<RegistrationRecord>>> list(std::string after, std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<RegistrationRecord> out;
    for (auto at = records.upper_bound(after); at != records.end() && out.size() < limit; ++at)
      out.push_back(at->second);
    co_return out;
  }

  Task<Result<std::size_t>> count() override {
    if (auto error = fail.next()) co_return *error;
    co_return records.size();
  }

  Task<Result<std::vector<std::string>>> hubs() override {
    if (auto error = fail.next()) co_return *error;
    std::vector<std::string> out;
    for (const auto& [key, record] : records) {
      const auto& assignment = record.registration.assignment;
      if (!assignment || std::count(out.begin(), out.end(), assignment->assigned_hub) > 0) continue;
      out.push_back(assignment->assigned_hub);
    }
    co_return out;
  }

  Task<Result<std::int64_t>> enqueue(OutboxRow row, std::vector<AttemptNote> notes) override {
    co_await committing();
    if (auto error = fail.next()) co_return *error;
    const auto old = row_of(row.id.key());
    if (old == rows.end()) {
      row.sequence = ++last_sequence_;
    } else {
      row.sequence = old->first;
      row.queued_at = old->second.queued_at;
    }
    auto& record =
        records.try_emplace(row.id.key(), RegistrationRecord{Registration(row.id), {}}).first->second;
    const bool same = old != rows.end() && old->second == row && record.notes == last_8(notes);
    if (!same) ++writes;
    record.notes = last_8(std::move(notes));
    if (auto promise = promise_of(row, record.registration)) outcomes.make(std::move(*promise));
    const std::int64_t sequence = row.sequence;
    sequence_of_[row.id.key()] = sequence;
    rows.insert_or_assign(sequence, std::move(row));
    co_return sequence;
  }

  Task<Result<PromisedRow>> promise(OutboxRow row, Registration told, std::vector<AttemptNote> notes,
                                    Receipt receipt) override {
    co_await committing();
    if (auto error = fail.next()) co_return *error;
    PromisedRow out;
    out.receipt = receipts.next_sequence();
    if (told.assignment) told.assignment->receipt = out.receipt;
    receipts.add(told.id.key(), entry_text(receipt, told, receipts.gateway, out.receipt));
    RegistrationRecord record{std::move(told), last_8(notes)};
    records.insert_or_assign(record.registration.id.key(), std::move(record));
    const Millis time = std::exchange(commit_time, Millis(0));  // one commit for both
    auto sequence = co_await enqueue(std::move(row), std::move(notes));
    commit_time = time;
    if (!sequence) co_return sequence.error();
    out.sequence = *sequence;
    co_return out;
  }

  Task<Result<std::int64_t>> settle(Registration registration, OperationId operation,
                                    std::vector<AttemptNote> notes, std::optional<Receipt> receipt) override {
    co_await committing();
    if (auto error = fail.next()) co_return *error;
    const std::string key = registration.id.key();
    RegistrationRecord record{std::move(registration), last_8(std::move(notes))};
    const auto old = records.find(key);
    auto& assignment = record.registration.assignment;
    if (old != records.end() && assignment && receipt_of(old->second) != 0)
      assignment->receipt = receipt_of(old->second);
    std::int64_t sequence = 0;
    if (receipt) {
      sequence = receipts.next_sequence();
      if (tells_of_an_assignment(receipt->ruling) && assignment) assignment->receipt = sequence;
      receipts.add(key, entry_text(*receipt, record.registration, receipts.gateway, sequence));
    }
    const bool same = old != records.end() && old->second.registration == record.registration &&
                      old->second.notes == record.notes;
    const auto row = row_of(key);
    const bool done = row != rows.end() && row->second.operation_id == operation;
    if (!same || done || receipt) ++writes;
    const bool waits = row != rows.end() && !done;
    if (receipt && !waits) settle_promise(record.registration, *receipt);
    records.insert_or_assign(key, std::move(record));
    if (done) rows.erase(row);
    let_receipts_go();
    if (receipt) receipts.tell_of_entry();
    co_return sequence;
  }

  Task<Result<bool>> forget(std::string_view registration_key) override {
    co_await committing();
    if (auto error = fail.next()) co_return *error;
    const auto row = row_of(registration_key);
    if (row != rows.end()) rows.erase(row);
    const bool found = records.erase(std::string(registration_key)) > 0;
    outcomes.take_back(std::string(registration_key));
    if (found) ++writes;
    let_receipts_go();
    co_return found;
  }

  Task<Result<std::vector<OutboxRow>>> outbox(std::int64_t after, std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<OutboxRow> out;
    for (auto at = rows.upper_bound(after); at != rows.end() && out.size() < limit; ++at)
      out.push_back(at->second);
    co_return out;
  }

  Task<Result<std::optional<OutboxRow>>> outbox_row(std::string_view registration_key) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = row_of(registration_key);
    if (at == rows.end()) co_return std::optional<OutboxRow>();
    co_return std::optional<OutboxRow>(at->second);
  }

  Task<Result<void>> drop(OperationId operation, PromiseEnd end, std::vector<AttemptNote> notes) override {
    co_await committing();
    if (auto error = fail.next()) co_return *error;
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const auto& entry) { return entry.second.operation_id == operation; });
    if (row == rows.end()) co_return Result<void>();
    const std::string key = row->second.id.key();
    if (end.refused == Reason::none)
      outcomes.take_back(key);
    else
      outcomes.refuse_open(key, end.refused, end.at);
    RegistrationRecord& record = records.at(key);
    auto& assignment = record.registration.assignment;
    if (assignment && assignment->provisional) assignment.reset();
    if (!notes.empty()) record.notes = last_8(std::move(notes));
    rows.erase(row);
    ++writes;
    co_return Result<void>();
  }

 private:
  Task<void> committing() {
    if (commit_time == Millis(0)) co_return;
    writer_free_ = std::max(writer_free_, LoopClock::now()) + commit_time;  // in the order they came
    co_await sleep_until(writer_free_);
  }

  // Every row came by enqueue, whatever a test has done to it since.
  std::map<std::int64_t, OutboxRow>::iterator row_of(std::string_view key) {
    const auto known = sequence_of_.find(key);
    if (known == sequence_of_.end()) return rows.end();
    const auto at = rows.find(known->second);
    return at != rows.end() && at->second.id.key() == key ? at : rows.end();
  }
  void settle_promise(const Registration& result, const Receipt& receipt) {
    const auto held = outcomes.promises.find(result.id.key());
    if (held == outcomes.promises.end() || held->second.is_settled()) return;
    // As the store does: only where the device is not named after this leaf.
    const bool own_name = result.assignment && ascii_lower(result.assignment->device_id) == result.id.key();
    const bool taken = !own_name && std::any_of(records.begin(), records.end(), [&](const auto& entry) {
      const auto& other = entry.second.registration.assignment;
      return entry.first != result.id.key() && other && result.assignment &&
             other->device_id == result.assignment->device_id &&
             other->assigned_hub == result.assignment->assigned_hub;
    });
    outcomes.settle(settled(held->second, result, receipt.ruling, receipt.reason, receipt.at, taken));
  }
  static std::int64_t receipt_of(const RegistrationRecord& record) {
    const auto& assignment = record.registration.assignment;
    return assignment ? assignment->receipt : 0;
  }
  void let_receipts_go() {
    receipts.let_go([this](const std::string& key, std::int64_t sequence) {
      const auto at = records.find(key);
      return at != records.end() && receipt_of(at->second) == sequence;
    });
  }
  static std::vector<AttemptNote> last_8(std::vector<AttemptNote> notes) {
    if (notes.size() > 8) notes.erase(notes.begin(), notes.end() - 8);
    return notes;
  }

  std::int64_t last_sequence_ = 0;
  std::map<std::string, std::int64_t, std::less<>> sequence_of_;  // of the newest row of each key
  TimePoint writer_free_{};
};

}  // namespace leafgate

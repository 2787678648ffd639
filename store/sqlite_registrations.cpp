#include "store/sqlite_registrations.hpp"

#include <algorithm>
#include <utility>

#include "gateway/ports/sealed_rows.hpp"
#include "store/outbox_rows.hpp"
#include "store/promise_rows.hpp"
#include "store/receipt_rows.hpp"
#include "store/registration_rows.hpp"

namespace leafgate {
namespace {

using registration_rows::Row;

// As they will be read again.
std::vector<AttemptNote> bounded(std::vector<AttemptNote> notes) {
  if (notes.size() > note_limit)
    notes.erase(notes.begin(), notes.end() - static_cast<std::ptrdiff_t>(note_limit));
  for (AttemptNote& note : notes) {
    note.step.resize(std::min(note.step.size(), note_short_limit));
    note.source.resize(std::min(note.source.size(), note_short_limit));
    note.client.resize(std::min(note.client.size(), note_client_limit));
    note.detail.resize(std::min(note.detail.size(), note_detail_limit));
  }
  return notes;
}

// An entry may be made with it.
struct Word {
  std::optional<Receipt> receipt;
  std::string gateway;
  checkpoint_rows::Limits limits;
};

std::int64_t receipt_of(const Row& row) {
  const auto& assignment = row.record.registration.assignment;
  return assignment ? assignment->receipt : 0;
}

// What was promised to the leaf is settled by whatever ends with nothing of it in the outbox.
Result<void> settle_promise(Connection& connection, const Row& row, const std::optional<Receipt>& receipt) {
  if (!receipt || row.queued || receipt->ruling == Ruling::provisional) return {};
  const Registration& result = row.record.registration;
  const auto promise = promise_rows::find(connection, result.id.key());
  if (!promise) return promise.error();
  if (!*promise || (*promise)->is_settled()) return {};
  const auto taken = registration_rows::is_taken(connection, result);
  if (!taken) return taken.error();
  const Promise now = settled(**promise, result, receipt->ruling, receipt->reason, receipt->at, *taken);
  return promise_rows::settle(connection, now);
}

// Gives the sequence of the entry that was made, 0 when there was none to make.
Result<std::int64_t> put_settled(Connection& connection, const RegistrationRecord& record,
                                 const OperationId& operation, const Word& word) {
  const auto old = registration_rows::find(connection, record.registration.id.key());
  if (!old) return old.error();
  Row next{record, std::nullopt};
  auto& assignment = next.record.registration.assignment;
  const std::int64_t earned_before = *old ? receipt_of(**old) : 0;
  if (assignment && earned_before != 0) assignment->receipt = earned_before;
  std::int64_t sequence = 0;
  if (word.receipt) {
    const auto made = receipt_rows::next_sequence(connection);
    if (!made) return made;
    sequence = *made;
    if (assignment && tells_of_an_assignment(word.receipt->ruling)) assignment->receipt = sequence;
  }
  bool same = false;
  if (*old) {
    const Row& held = **old;
    next.queued = held.queued;
    if (held.queued) {
      const auto row = outbox_rows::find(connection, *held.queued);
      if (!row) return row.error();
      if (!*row || (*row)->operation_id == operation) {
        if (auto gone = outbox_rows::remove(connection, *held.queued); !gone) return gone.error();
        next.queued.reset();
      }
    }
    same = held.queued == next.queued && held.record.notes == record.notes &&
           held.record.registration == next.record.registration &&
           held.record.registration.id.text() == record.registration.id.text();
  }
  if (!same) {
    if (auto put = registration_rows::put(connection, next); !put) return put.error();
  }
  if (auto kept = settle_promise(connection, next, word.receipt); !kept) return kept.error();
  if (word.receipt) {
    const Registration& told = next.record.registration;
    const std::string text = entry_text(*word.receipt, told, word.gateway, sequence);
    if (auto put = receipt_rows::add(connection, sequence, told.id.key(), text); !put) return put.error();
    if (auto done = receipt_rows::let_go(connection, sequence - word.limits.entries, word.limits); !done)
      return done.error();
  }
  if (earned_before != 0 && earned_before != receipt_of(next)) {
    if (auto done = receipt_rows::let_go(connection, earned_before, word.limits); !done) return done.error();
  }
  return sequence;
}

Result<bool> remove_all(Connection& connection, std::string_view key, const checkpoint_rows::Limits& limits) {
  const auto held = registration_rows::find(connection, key);
  if (!held) return held.error();
  if (!*held) return false;
  if ((*held)->queued) {
    if (auto gone = outbox_rows::remove(connection, *(*held)->queued); !gone) return gone.error();
  }
  if (auto gone = registration_rows::remove(connection, key); !gone) return gone.error();
  if (auto gone = promise_rows::take_back(connection, key); !gone) return gone.error();
  if (auto done = receipt_rows::let_go(connection, receipt_of(**held), limits); !done) return done.error();
  return true;
}

Result<void> end_promise(Connection& connection, const RegistrationId& id, const PromiseEnd& end) {
  if (end.refused == Reason::none) return promise_rows::take_back(connection, id.key());
  const auto held = promise_rows::find(connection, id.key());
  if (!held) return held.error();
  if (!*held || (*held)->is_settled()) return {};
  return promise_rows::settle(connection, refused_here(**held, end.refused, end.at));
}

Result<void> remove_operation(Connection& connection, const OperationId& operation, const PromiseEnd& end,
                              const std::vector<AttemptNote>& notes) {
  const auto row = outbox_rows::find_by_operation(connection, operation);
  if (!row) return row.error();
  if (!*row) return {};
  const std::string& key = (*row)->id.key();
  if (auto gone = outbox_rows::remove(connection, (*row)->sequence); !gone) return gone;
  if (auto done = end_promise(connection, (*row)->id, end); !done) return done;
  if (auto gone = registration_rows::withdraw_told_ahead(connection, key); !gone) return gone;
  if (!notes.empty()) {
    if (auto put = registration_rows::set_notes(connection, key, notes); !put) return put;
  }
  return registration_rows::set_queued(connection, key, std::nullopt);
}

}  // namespace

// A sequence that was freed is not given again while this runs: whoever pages through the outbox may be past
// it.
Result<std::int64_t> SqliteRegistrations::next_sequence(Connection& connection) {
  const auto highest = outbox_rows::highest(connection);
  if (!highest) return highest.error();
  last_sequence_ = std::max(last_sequence_, *highest) + 1;
  return last_sequence_;
}

Task<Result<std::optional<RegistrationRecord>>> SqliteRegistrations::find(std::string_view registration_key) {
  const std::string key(registration_key);
  auto read = [&](Connection& connection) -> Result<std::optional<RegistrationRecord>> {
    auto row = registration_rows::find(connection, key);
    if (!row) return row.error();
    if (!*row) return std::optional<RegistrationRecord>();
    return std::optional<RegistrationRecord>(std::move((*row)->record));
  };
  co_return co_await reader_.ask(read);
}

Task<Result<std::vector<RegistrationRecord>>> SqliteRegistrations::list(std::string after,
                                                                        std::size_t limit) {
  auto read = [&](Connection& connection) { return registration_rows::list(connection, after, limit); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::size_t>> SqliteRegistrations::count() {
  auto read = [](Connection& connection) { return registration_rows::count(connection); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::vector<std::string>>> SqliteRegistrations::hubs() {
  auto read = [](Connection& connection) { return registration_rows::hubs(connection); };
  co_return co_await reader_.ask(read);
}

// Gives its sequence. What it promises is kept with it.
Result<std::int64_t> SqliteRegistrations::put_row(Connection& connection, OutboxRow row,
                                                  const std::vector<AttemptNote>& notes) {
  auto old = registration_rows::find(connection, row.id.key());
  if (!old) return old.error();
  Row next{RegistrationRecord{Registration(row.id), notes}, std::nullopt};
  if (*old) next.record.registration = (*old)->record.registration;
  bool same_row = false;
  if (*old && (*old)->queued) {
    const auto queued = outbox_rows::find(connection, *(*old)->queued);
    if (!queued) return queued.error();
    row.sequence = *(*old)->queued;
    if (*queued) row.queued_at = (*queued)->queued_at;
    same_row = *queued == row && (*queued)->id.text() == row.id.text();
  } else {
    const auto sequence = next_sequence(connection);
    if (!sequence) return sequence.error();
    row.sequence = *sequence;
  }
  next.queued = row.sequence;
  if (!same_row) {
    if (auto put = outbox_rows::put(connection, row); !put) return put.error();
  }
  if (!*old || (*old)->queued != next.queued || (*old)->record.notes != notes) {
    if (auto put = registration_rows::put(connection, next); !put) return put.error();
  }
  if (const auto promise = promise_of(row, next.record.registration)) {
    if (auto kept = promise_rows::make(connection, *promise); !kept) return kept.error();
  }
  return row.sequence;
}

Task<Result<std::int64_t>> SqliteRegistrations::enqueue(OutboxRow row, std::vector<AttemptNote> notes) {
  notes = bounded(std::move(notes));
  auto write = [&](Connection& connection) { return put_row(connection, row, notes); };
  co_return co_await writer_.write(write);
}

Task<Result<PromisedRow>> SqliteRegistrations::promise(OutboxRow row, Registration told,
                                                       std::vector<AttemptNote> notes, Receipt receipt) {
  RegistrationRecord record{std::move(told), bounded(std::move(notes))};
  Word word{std::move(receipt), log_.gateway(), log_.limits()};
  const OperationId of_no_row = OperationId::parse("told-ahead").value();
  auto write = [&](Connection& connection) -> Result<PromisedRow> {
    // The leaf's assignment first: the promise by the row tells of it.
    const auto entry = put_settled(connection, record, of_no_row, word);
    if (!entry) return entry.error();
    const auto sequence = put_row(connection, row, record.notes);
    if (!sequence) return sequence.error();
    return PromisedRow{*sequence, *entry};
  };
  auto kept = co_await writer_.write(write);
  if (kept) log_.tell_of_entry();
  co_return kept;
}

Task<Result<std::int64_t>> SqliteRegistrations::settle(Registration registration, OperationId operation,
                                                       std::vector<AttemptNote> notes,
                                                       std::optional<Receipt> receipt) {
  if (trust_ != nullptr && registration.assignment && registration.assignment->tpm_key) {
    auto& key = *registration.assignment->tpm_key;
    key = trust_->renewed(std::move(key), sealed_rows::registration(registration.id.key()));
  }
  RegistrationRecord record{std::move(registration), bounded(std::move(notes))};
  Word word{std::move(receipt), log_.gateway(), log_.limits()};
  auto write = [&](Connection& connection) { return put_settled(connection, record, operation, word); };
  auto settled = co_await writer_.write(write, Room::frees);
  if (settled && *settled != 0) log_.tell_of_entry();
  co_return settled;
}

Task<Result<bool>> SqliteRegistrations::forget(std::string_view registration_key) {
  const std::string key(registration_key);
  const checkpoint_rows::Limits limits = log_.limits();
  auto write = [&](Connection& connection) { return remove_all(connection, key, limits); };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<std::vector<OutboxRow>>> SqliteRegistrations::outbox(std::int64_t after, std::size_t limit) {
  auto read = [&](Connection& connection) { return outbox_rows::list(connection, after, limit); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::optional<OutboxRow>>> SqliteRegistrations::outbox_row(std::string_view registration_key) {
  const std::string key(registration_key);
  auto read = [&](Connection& connection) { return outbox_rows::find_by_key(connection, key); };
  co_return co_await reader_.ask(read);
}

Task<Result<void>> SqliteRegistrations::drop(OperationId operation, PromiseEnd end,
                                             std::vector<AttemptNote> notes) {
  notes = bounded(std::move(notes));
  auto write = [&](Connection& connection) { return remove_operation(connection, operation, end, notes); };
  co_return co_await writer_.write(write, Room::frees);
}

}  // namespace leafgate

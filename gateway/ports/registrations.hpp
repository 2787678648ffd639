#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/receipt.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// What is kept of the tries of a leaf: so many notes, and of each text so many octets.
inline constexpr std::size_t note_limit = 8;
inline constexpr std::size_t note_short_limit = 64;  // step, source
inline constexpr std::size_t note_client_limit = 120;
inline constexpr std::size_t note_detail_limit = 200;

// One try of a leaf, kept for `explain`; written only inside a transaction that happens anyway.
struct AttemptNote {
  WallTime at{};
  Reason reason = Reason::none;
  std::string step;         // "register", "poll", "forward", "service"
  std::string source;       // address, or "gateway" for what happened without the leaf
  std::string client;       // ClientVersion or User-Agent, bounded to 120 characters, unescaped
  std::string detail;       // bounded to 200 characters, unescaped
  bool unverified = false;  // nobody checked who it was
  friend bool operator==(const AttemptNote&, const AttemptNote&) = default;
};

// A registration with what is told about it.
struct RegistrationRecord {
  Registration registration;
  std::vector<AttemptNote> notes;  // the last note_limit, oldest first
};

// What was stored of a leaf that was told its hub ahead of the service.
struct PromisedRow {
  std::int64_t sequence = 0;  // of its outbox row
  std::int64_t receipt = 0;   // of the entry of the log
};

// What becomes of a promise whose outbox row is dropped: it is refused, or (no reason) taken back: it goes,
// and does not count as made in its outage any more.
struct PromiseEnd {
  Reason refused = Reason::none;
  WallTime at{};
};

// Outward: stored registrations and the outbox, which change together. What an outbox row promises while the
// service is away, and what becomes of that (model/reconciliation.hpp), is written in the same transactions.
// First loop only. A returned success is durable (COMMIT with synchronous=FULL has returned). What is stored
// already is not written again. Errors: store_full (nothing written), store_fault, stopped.
class Registrations {
 public:
  virtual ~Registrations() = default;

  virtual Task<Result<std::optional<RegistrationRecord>>> find(std::string_view registration_key) = 0;
  // In order of key, after `after`, at most `limit`.
  virtual Task<Result<std::vector<RegistrationRecord>>> list(std::string after, std::size_t limit) = 0;
  virtual Task<Result<std::size_t>> count() = 0;
  // The hubs to which leaves are assigned, each spelling once. Reads everything: for the start.
  virtual Task<Result<std::vector<std::string>>> hubs() = 0;

  // Stores or replaces the outbox row of its id (the newest attempt wins; sequence and queued_at of an older
  // row are kept) and the notes of that leaf, which has a (bare) registration from then on. Gives the row's
  // sequence; a sequence is not given twice while the program runs.
  virtual Task<Result<std::int64_t>> enqueue(OutboxRow row, std::vector<AttemptNote> notes) = 0;
  // enqueue() of a row and, in the same transaction, what its leaf is told ahead of the service, with an
  // entry of the log for it.
  virtual Task<Result<PromisedRow>> promise(OutboxRow row, Registration told, std::vector<AttemptNote> notes,
                                            Receipt receipt) = 0;
  // Stores what became of an operation and deletes the leaf's outbox row, in one transaction. The row stays
  // when it has another operation id: a newer attempt has taken its place. With a receipt an entry of the log
  // (ports/receipt_log.hpp) is made in that transaction; its sequence is given, else 0. Where it tells of an
  // assignment, that points to it from then on; another one keeps the entry it has.
  virtual Task<Result<std::int64_t>> settle(Registration registration, OperationId operation,
                                            std::vector<AttemptNote> notes,
                                            std::optional<Receipt> receipt) = 0;
  // Deletes the registration, its outbox row and what was promised to it (an operator's `forget`); what was
  // open of that does not count as made in its outage any more.
  virtual Task<Result<bool>> forget(std::string_view registration_key) = 0;

  // The outbox, in order of sequence, after `after`, at most `limit`.
  virtual Task<Result<std::vector<OutboxRow>>> outbox(std::int64_t after, std::size_t limit) = 0;
  virtual Task<Result<std::optional<OutboxRow>>> outbox_row(std::string_view registration_key) = 0;
  // Deletes it, and what its leaf was told ahead on it. What was promised by it ends as that says. The notes
  // of the leaf are these from then on; none given: what they were.
  virtual Task<Result<void>> drop(OperationId operation, PromiseEnd end, std::vector<AttemptNote> notes) = 0;
};

}  // namespace leafgate

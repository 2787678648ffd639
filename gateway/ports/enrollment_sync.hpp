#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Where the service's list goes on. Groups come first: they are few, and what many leaves need.
struct SyncPlace {
  EnrollmentKind kind = EnrollmentKind::group;
  std::string continuation;  // as the service gave it; empty: from the first
  bool ended = false;        // both kinds were read to their end
  friend bool operator==(const SyncPlace&, const SyncPlace&) = default;
};

// How far a sync came, in records.
struct SyncCounts {
  std::uint64_t read = 0;      // of the list
  std::uint64_t changed = 0;   // of those: new here, or other than what is held
  std::uint64_t kept_out = 0;  // not understood: what is held in their place stays
  std::uint64_t removed = 0;   // the list no longer has them
  friend bool operator==(const SyncCounts&, const SyncCounts&) = default;
};

struct SyncStanding {
  bool open = false;  // something is staged; nobody sees it
  std::string scope;  // what it was begun for
  SyncPlace place;
  SyncCounts counts;
  std::optional<WallTime> completed;  // when the last one was switched to
  SyncCounts last;                    // and what it brought
  friend bool operator==(const SyncStanding&, const SyncStanding&) = default;
};

// One page of the list, all of one kind.
struct SyncPage {
  EnrollmentKind kind = EnrollmentKind::group;
  std::vector<Enrollment> listed;     // without keys, or of a status alone; each id once
  std::vector<std::string> kept_out;  // ids of records that were not understood
  std::uint64_t passed_over = 0;      // records that are not asked for
  std::uint64_t nameless = 0;         // records that do not even say which they are
  std::uint64_t odd = 0;              // of those listed, how many were not understood either
  SyncPlace next;
};

// An enrollment by symmetric keys whose keys are not those of its record.
struct Keyless {
  EnrollmentKind kind = EnrollmentKind::individual;
  std::string id;
  std::string etag;
  std::optional<SealedKey> primary_held;
  std::optional<SealedKey> secondary_held;
};
// In this order: groups, individual ones whose leaves have come here, the others; in each by id.
struct KeylessPlace {
  enum class Of { groups, seen, others };
  Of of = Of::groups;
  std::string after;
};
struct FetchedKeys {
  EnrollmentKind kind = EnrollmentKind::individual;
  std::string id;
  std::string etag;  // of the record they were asked for
  std::optional<SealedKey> primary;
  std::optional<SealedKey> secondary;
};

// Outward: the service's list, taken in beside what counts and switched to at once. First loop only. A
// returned success is durable but for places: after a crash the list may go on some pages before. Errors:
// store_full, store_fault, stopped; what failed may be asked again.
class EnrollmentSync {
 public:
  virtual ~EnrollmentSync() = default;

  virtual Task<Result<SyncStanding>> standing() = 0;
  // Lets go of what is staged, and begins with nothing; `scope` is given back by standing().
  virtual Task<Result<void>> begin(std::string scope) = 0;
  // Stages what of a page differs from what is held, merged with it (model/listed_enrollment.hpp), in batches
  // between other commits. The same page again changes nothing. Errors: conflict (nothing was begun).
  virtual Task<Result<void>> stage(SyncPage page) = 0;
  // How many would go with finish(). Errors: conflict (nothing was begun, or the list was not read to its
  // end).
  virtual Task<Result<std::uint64_t>> missing() = 0;
  // The list is to be read from its first page once more, beside what is staged: pages are not of one moment,
  // and a record that moves to one that was read already is on none. What either reading had stays. Errors:
  // as missing().
  virtual Task<Result<void>> read_again() = 0;
  // Switches to what is staged. What the list brought once and does not have any more goes with the same
  // transaction, unless a record was nameless: it may be that one. Whatever was imported or removed meanwhile
  // is heeded as if it had been there before. Nothing is staged afterwards. Errors: conflict (nothing was
  // begun, the list was not read to its end, or enrollments change all the time: again later), implausible
  // (what was staged is not whole: begin again).
  virtual Task<Result<SyncCounts>> finish(WallTime at) = 0;

  // At most `limit` of those that `from` names; fewer only where there are no more of them. Of what counts,
  // not of what is staged.
  virtual Task<Result<std::vector<Keyless>>> keyless(KeylessPlace from, std::size_t limit) = 0;
  virtual Task<Result<std::size_t>> keyless_count() = 0;
  // All in one transaction, at most 500. Those whose record has another etag by now are passed over. Gives
  // how many were stored. Errors: conflict (something is staged, which was merged without them).
  virtual Task<Result<std::size_t>> put_keys(std::vector<FetchedKeys> keys) = 0;
};

}  // namespace leafgate

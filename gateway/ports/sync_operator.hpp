#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/model/missing_cas.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/enrollment_sync.hpp"

namespace leafgate {

// What is done with the service's list now. Everything before `keys_of_leaves` is a run.
enum class SyncPhase {
  idle,
  listing_groups,
  listing_individuals,
  switching,
  learning,  // where leaves are, from records that were read: nobody is asked for it
  keys_of_groups,
  reading_states,  // likewise, of those that came through groups
  keys_of_leaves,
};
[[nodiscard]] std::string_view to_text(SyncPhase phase);

// Whether leaves are asked about one by one meanwhile (semantics §5), by those who renew offline trust.
enum class Renewing {
  asks,
  stands_back,  // a sync confirms them
  cannot,       // the service is away, or the store in doubt
};
[[nodiscard]] std::string_view to_text(Renewing renewing);

struct SyncReport {
  SyncPhase phase = SyncPhase::idle;
  SyncCounts counts;      // of the run that is under way
  std::size_t pages = 0;  // of this reading, since it was begun or gone on with
  // The list is read a second time, before what the first reading did not have goes: so many of those held.
  bool again = false;
  std::uint64_t missing = 0;
  // How many records the reading will have, by the one before: that of this run, or of the last one. Absent:
  // not known.
  std::optional<std::uint64_t> of;
  std::optional<Millis> reading_ends_in;  // as fast as it went so far
  std::vector<std::string> kept_out;      // the first of those that were not understood, in words
  std::size_t keys_left = 0;
  std::uint64_t keys_fetched = 0;  // since the start
  std::uint64_t confirmed = 0;     // assignments, since the start
  std::uint64_t learnt = 0;
  std::uint64_t rehomed = 0;
  std::size_t odd_states = 0;         // records of leaves that are not understood
  std::size_t left_to_learn = 0;      // more than one run takes in: the next one follows by itself
  std::optional<Millis> ends_in;      // by the pace, as far as it can be known
  std::optional<Millis> waits_for;    // until it asks again
  bool waits_for_link = false;        // it goes on when the service is back
  std::optional<WallTime> completed;  // the last switch
  SyncCounts last;                    // and what it brought
  std::optional<Millis> next_in;      // the next run
  std::uint64_t runs = 0;             // completed, since the start
  std::uint64_t failures = 0;         // requests and steps that failed, since the start
  Reason trouble = Reason::none;      // what keeps it from going on
  std::string detail;                 // its words
  bool in_part = false;               // the list counts, without what is said there
  WallTime troubled_since{};
  std::vector<MissingCas> missing_cas;  // of what is enrolled now
  double per_minute = 0;
  std::optional<Renewing> renewals;
};

// Inward: what the engineer may ask of the sync. Any loop; answers on the caller's.
class SyncOperator {
 public:
  virtual ~SyncOperator() = default;
  virtual Task<SyncReport> sync_report() = 0;
  // Begins one now, also where the last one is fresh; one that is under way goes on. Errors: the audit log's.
  virtual Task<Result<void>> sync_now(Actor who) = 0;
};

}  // namespace leafgate

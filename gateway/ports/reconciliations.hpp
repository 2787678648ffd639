#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/reconciliation.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

struct PromiseFilter {
  std::optional<PromiseState> state;
  std::string after;        // registrationId in lower case
  std::size_t limit = 100;  // at most 1,000
};

// Outward: what was promised while the service was away, and the outages themselves. Promises by outbox rows
// are made, and settled, by Registrations, in its own transactions. First loop only. Errors: store_full,
// store_fault, stopped.
class Reconciliations {
 public:
  static constexpr std::size_t outages_kept = 16;
  // Of leaves that no outbox row stands for; what comes beyond is not remembered.
  static constexpr std::size_t most_that_need_the_leaf = 16'384;

  virtual ~Reconciliations() = default;

  virtual Task<Result<std::optional<Promise>>> find(std::string_view registration_key) = 0;
  // In order of registrationId.
  virtual Task<Result<std::vector<Promise>>> list(PromiseFilter filter) = 0;
  virtual Task<Result<PromiseCounts>> counts() = 0;
  // Keys of leaves that have yet to hear, or whose promise is still open, in order, after `after`.
  virtual Task<Result<std::vector<std::string>>> concerned(std::string after, std::size_t limit) = 0;

  // A leaf that only itself can settle; nothing where a promise of it is open, unless that is one of these of
  // a former outage (is_of_former_outage). The leaf has a (bare) registration from then on, with this as its
  // note where it had none. False: too many.
  virtual Task<Result<bool>> remember(Promise promise) = 0;
  // An open promise meets trouble: a conflict, until it is settled. Nothing where none is open.
  virtual Task<Result<void>> object(std::string registration_key, Reason why) = 0;
  // A leaf that only itself can settle went through to the service, whose answer nobody here has seen yet.
  virtual Task<Result<void>> passed(std::string registration_key) = 0;
  // A leaf that only itself can settle is kept out here: refused, for this reason, and whether it has heard
  // so. Nothing where none of these is open.
  virtual Task<Result<void>> refuse(std::string registration_key, Reason why, WallTime at, bool told) = 0;
  // A settled one was heard by its leaf.
  virtual Task<Result<void>> told(std::string registration_key) = 0;
  // Removes those that are settled, with a state those of it; and leaves that must come themselves, where
  // that is the state: nobody else ends them. Errors: refused (of a state that waits for
  // the service: queue drop takes such back one by one).
  virtual Task<Result<std::size_t>> clear(std::optional<PromiseState> state) = 0;

  // Opens an outage unless one is open; whatever waits in the outbox is promised in it. Gives its id.
  virtual Task<Result<std::int64_t>> begin_outage(OutageMoment at, Reason why) = 0;
  // Closes the open one; where nothing was promised in it and it was shorter than `worth` of powered time, it
  // is let go.
  virtual Task<Result<void>> end_outage(OutageMoment at, Millis worth) = 0;
  // The last ones, oldest first.
  virtual Task<Result<std::vector<Outage>>> outages() = 0;
};

}  // namespace leafgate

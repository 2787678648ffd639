#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/expected_leaf.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Outward: the commissioning list as it is stored. First loop only. Errors: store_full (nothing written),
// store_fault, stopped.
class Expectations {
 public:
  virtual ~Expectations() = default;
  // In order of key.
  virtual Task<Result<std::vector<ExpectedLeaf>>> load() = 0;
  // In place of what was there, in one transaction; empty clears it.
  virtual Task<Result<void>> replace(std::vector<ExpectedLeaf> leaves) = 0;
};

// What people call a leaf. First loop only.
class Labels {
 public:
  virtual ~Labels() = default;
  // Empty: it has none. `key` is RegistrationId::key().
  [[nodiscard]] virtual std::string label_of(std::string_view key) const = 0;
  // Of the one that is expected at this very address, or station of a line; empty: none is.
  [[nodiscard]] virtual std::string label_at(std::string_view source) const = 0;
};

// How a leaf stands against the list.
enum class ExpectedState {
  done,         // assigned, and where it shall be
  wrong_place,  // proved itself elsewhere than expected
  waiting,      // seen, and not assigned yet
  missing,      // never seen
  unknown,      // seen, and not on the list
};
[[nodiscard]] std::string_view to_text(ExpectedState state);  // "wrong-place"
[[nodiscard]] std::optional<ExpectedState> expected_state_from(std::string_view text);

struct ExpectedRow {
  ExpectedLeaf leaf;  // of an unknown one only its registrationId, empty where it never named one
  ExpectedState state = ExpectedState::missing;
  Reason reason = Reason::none;  // of its newest attempt
  std::string seen_at;           // source of its newest attempt; empty: not known
  WallTime last_seen{};
  // Of an unknown one: the missing id that looks most like its own, and the missing one that was expected
  // where it was seen. Empty: none.
  std::string nearest;
  std::string expected_here;
};

struct ExpectedCounts {
  std::size_t expected = 0;
  std::size_t done = 0;
  std::size_t wrong_place = 0;
  std::size_t waiting = 0;
  std::size_t missing = 0;
  std::size_t unknown = 0;
};

struct ExpectedFilter {
  std::optional<ExpectedState> state;
  std::string after;            // ExpectedPage::next
  std::size_t limit = 100;      // at most 10,000
  bool not_done_first = false;  // for one page alone: `after` and `next` mean nothing then
};

struct ExpectedPage {
  ExpectedCounts counts;
  std::vector<ExpectedRow> rows;  // in order of id, or as asked; unknown ones behind those of the list
  std::string next;               // empty at the end
};

// Inward: all that the engineer may ask of the commissioning list. Any loop, but for label_of; answers on the
// caller's. What changes it stands in the audit log before it is done.
class CommissioningOperator : public Labels {
 public:
  virtual Task<Result<ExpectedPage>> expected(ExpectedFilter filter) = 0;
  // Another list in place of the one that was there. Errors: the store's, the audit log's.
  virtual Task<Result<void>> expect(std::vector<ExpectedLeaf> leaves, Actor who) = 0;
  // No list. Errors: likewise.
  virtual Task<Result<void>> clear_expected(Actor who) = 0;
};

}  // namespace leafgate

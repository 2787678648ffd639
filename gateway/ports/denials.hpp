#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/model/denial.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// The signed list that is held.
struct HeldDenyList {
  std::int64_t number = 0;
  std::string digest;  // hex SHA-256 of its signed payload: another list of the same number is another list
  WallTime taken{};
  friend bool operator==(const HeldDenyList&, const HeldDenyList&) = default;
};

// An id that two places proved at the same time.
struct Contest {
  std::string id;           // in lower case
  std::string other_place;  // an address
  WallTime since{};
  friend bool operator==(const Contest&, const Contest&) = default;
};

// All that is kept of who is let in and who is not.
struct StoredDenials {
  std::optional<HeldDenyList> list;
  std::vector<Denial> listed;       // by the signed list
  std::vector<Denial> local;        // by an operator here
  std::vector<OperatorWord> words;  // in order of id
  std::vector<Contest> contests;    // in order of id
};

// Outward: who is kept out, and what operators said of single leaves. First loop only. A returned success is
// durable. Errors: store_full, store_fault, stopped.
class Denials {
 public:
  virtual ~Denials() = default;
  virtual Task<Result<StoredDenials>> load() = 0;
  // The list and its entries instead of those of before, in one transaction. An entry that stands in it twice
  // counts for the longer time.
  virtual Task<Result<void>> replace_list(HeldDenyList list, std::vector<Denial> entries) = 0;
  // One of this kind and value is replaced.
  virtual Task<Result<void>> put_local(Denial entry) = 0;
  virtual Task<Result<bool>> remove_local(DenyKind kind, std::string value) = 0;  // false: there was none
  // One of this id is replaced.
  virtual Task<Result<void>> put_contest(Contest contest) = 0;
  // The newest word about an id counts, and settles a contest about it.
  virtual Task<Result<void>> put_word(OperatorWord word) = 0;
};

}  // namespace leafgate

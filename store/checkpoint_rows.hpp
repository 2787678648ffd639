#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gateway/model/receipt.hpp"
#include "gateway/model/result.hpp"
#include "store/connection.hpp"

namespace leafgate::checkpoint_rows {

// All SQL on the table `checkpoint`.

// How many entries and checkpoints are kept beside those that are needed (ports/receipt_log.hpp).
struct Limits {
  std::int64_t entries = 10'000;
  std::int64_t checkpoints = 1'000;
};

enum class Which { newest, newest_signed, first_unsigned };
Result<std::optional<Checkpoint>> find(Connection& connection, Which which);
Result<std::optional<Checkpoint>> find(Connection& connection, std::int64_t sequence);
Result<void> add(Connection& connection, const Checkpoint& checkpoint);  // without its statement
Result<void> expect(Connection& connection, std::int64_t sequence, std::uint64_t epoch);
// Errors beside: not_found.
Result<void> sign(Connection& connection, std::int64_t sequence, std::uint64_t epoch,
                  const CheckpointStatement& statement, const Limits& limits);
// Deletes one that is none of the newest, not the one that tells the epoch (the newest signed one) nor the
// one that is signed next, and holds no entry any more. Else nothing.
Result<void> let_go(Connection& connection, std::int64_t sequence, const Limits& limits);

// 32 octets; of another length all zeros.
[[nodiscard]] Hash hash_of(std::string_view octets);

}  // namespace leafgate::checkpoint_rows

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/receipt.hpp"
#include "gateway/model/result.hpp"
#include "store/checkpoint_rows.hpp"
#include "store/connection.hpp"

namespace leafgate::receipt_rows {

// All SQL on the table `receipt`.

using checkpoint_rows::Limits;

// Of the next entry: one behind the newest, also when that is not kept any more.
Result<std::int64_t> next_sequence(Connection& connection);
Result<void> add(Connection& connection, std::int64_t sequence, std::string_view registration_key,
                 std::string_view entry);
// Deletes an entry that is none of the newest, in a checkpoint, and pointed to by no assignment; and its
// checkpoint, if nothing needs that any more. Else nothing.
Result<void> let_go(Connection& connection, std::int64_t sequence, const Limits& limits);

Result<std::size_t> count_open(Connection& connection);
// See ReceiptLog::close().
Result<std::optional<Checkpoint>> close(Connection& connection, std::size_t most, std::uint64_t epoch,
                                        bool even_if_empty, const Limits& limits);
Result<std::optional<ReceiptProof>> find(Connection& connection, std::int64_t sequence);
Result<std::optional<ReceiptProof>> newest_of(Connection& connection, std::string_view registration_key);

}  // namespace leafgate::receipt_rows

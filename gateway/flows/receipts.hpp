#pragma once

#include <string>

#include "gateway/model/receipt.hpp"

namespace leafgate {

// What a leaf's assignment became: assigned where it was put somewhere else than before, refreshed where not.
[[nodiscard]] Ruling ruling_of(const std::optional<Assignment>& before, const Assignment& after);

// The word that is given with what was decided.
[[nodiscard]] Receipt receipt_of(Ruling ruling, Reason reason, WallReading now, std::string operation_id);

// After it is stored: an assignment points to the entry that earned it.
void take_receipt(std::optional<Assignment>& assignment, const Receipt& receipt, std::int64_t sequence);

}  // namespace leafgate

#pragma once

#include <string>
#include <string_view>

#include "gateway/model/receipt.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::wire {

inline constexpr std::size_t largest_receipt = 32 * 1024;

// A receipt as a file: one JSON object in one line, its members in this order: v (1), entry (as it was
// hashed); where its batch is closed index, count, path, checkpoint, previous; where that is signed epoch,
// attest, signature, signer. Octets are in base64. There is one text for each receipt.
[[nodiscard]] std::string write_receipt(const ReceiptProof& proof);

// Strict: what is not octet for octet what write_receipt() gives is no receipt, so no bit of a file is
// without a meaning. Of the checkpoint it knows neither root nor first. Errors: too_large, malformed.
Result<ReceiptProof> read_receipt(std::string_view text);

}  // namespace leafgate::wire

#pragma once

#include "gateway/attestation/counter_statement.hpp"
#include "gateway/model/receipt.hpp"

namespace leafgate {

// How far a receipt reaches.
enum class ReceiptReach {
  open,     // an entry whose batch is not closed yet: a promise
  chained,  // its place in the log is told, and no TPM has signed it (yet)
  proven,   // the attestation key signed the checkpoint that holds it
};

struct ReceiptCheck {
  ReceiptReach reach = ReceiptReach::open;
  CounterStatement statement;  // of a proven one
};

// Checks a receipt against the attestation key alone: `point` is its uncompressed point. Errors: malformed,
// refused (the detail says which part is not true). Pure.
Result<ReceiptCheck> check_receipt(const ReceiptProof& proof, ByteView point);

}  // namespace leafgate

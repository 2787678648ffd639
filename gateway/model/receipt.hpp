#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/bytes.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// What was decided of a leaf and changed what is stored of it.
enum class Ruling : std::uint8_t {
  assigned,     // to a hub, for the first time or to another one
  refreshed,    // the service confirmed what was known
  refused,      // by the service, or here because its enrollment has no key
  failed,       // its registration ended so
  disabled,     // its enrollment is
  withdrawn,    // its assignment was taken back without an operation
  provisional,  // told ahead of the service, which is away: no other hub is possible
};
[[nodiscard]] std::string_view to_text(Ruling ruling);
// Whether an assignment points to the entry of it.
[[nodiscard]] bool tells_of_an_assignment(Ruling ruling);

// The word that is given with it: the store makes an entry of its log of this, in the transaction that stores
// what was decided.
struct Receipt {
  Ruling ruling = Ruling::assigned;
  Reason reason = Reason::none;
  WallTime at{};
  ClockQuality clock = ClockQuality::unsynced;  // what `at` is worth
  std::string operation_id;                     // empty: none of this gateway
};

// The octets of an entry: one JSON object without white space, its members in a fixed order, what is empty
// left out. Nothing of what a leaf showed for itself. `gateway` is the name of this one.
[[nodiscard]] std::string entry_text(const Receipt& receipt, const Registration& registration,
                                     std::string_view gateway, std::int64_t sequence);

// A JSON string (RFC 8259) that is the same for the same text everywhere: only quotes, backslashes and
// control characters are escaped, octets that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);

using Hash = std::array<std::uint8_t, 32>;  // SHA-256

// What the TPM said over a checkpoint (TPM2_NV_Certify of the epoch counter).
struct CheckpointStatement {
  Bytes signer;     // TPM2B_PUBLIC of the attestation key
  Bytes attest;     // TPMS_ATTEST, what is signed
  Bytes signature;  // TPMT_SIGNATURE
  friend bool operator==(const CheckpointStatement&, const CheckpointStatement&) = default;
};

// A batch of entries under one root; each names the one before it.
struct Checkpoint {
  std::int64_t sequence = 0;  // counts up from 1 without gaps
  std::int64_t first = 0;     // of its entries
  std::int64_t count = 0;     // of them; 0 where only the epoch was to be told
  Hash root{};
  Hash previous{};          // of the checkpoint before: what its statement signs
  std::uint64_t epoch = 0;  // of the counter: expected while there is no statement, then what was signed
  std::optional<CheckpointStatement> statement;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// All that shows that an entry is in the log.
struct ReceiptProof {
  struct Place {
    std::int64_t index = 0;  // in its checkpoint
    std::vector<Hash> path;  // to its root, from the bottom up
    Checkpoint checkpoint;
    friend bool operator==(const Place&, const Place&) = default;
  };
  std::int64_t sequence = 0;
  std::string entry;
  std::optional<Place> place;  // none: its batch is open still
  friend bool operator==(const ReceiptProof&, const ReceiptProof&) = default;
};

}  // namespace leafgate

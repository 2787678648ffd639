#pragma once

#include "gateway/flows/ledger.hpp"
#include "gateway/flows/lru.hpp"
#include "gateway/ports/outage_operator.hpp"

namespace leafgate {

// When certificates end that enrollments carry, each parsed once: parsing one costs more than all the rest of
// a forecast. First loop only.
class EnrolledEnds {
 public:
  // Absent where only its thumbprint is held.
  [[nodiscard]] std::optional<WallTime> of(const EnrolledCertificate& certificate);

 private:
  LruMap<std::optional<WallTime>> known_{16'384};  // by SHA-256
};

// When that ends by which a leaf comes that comes again as it came last; `by` is the enrollment that would
// vouch for it, or null. What is not known of the leaf's own certificate ends with what is enrolled for it:
// after that it is refused for certain.
[[nodiscard]] ProofEnd proof_end(const Registration& registration, const Enrollment* by,
                                 EnrolledEnds& enrolled);

// Whether it has ended. By a clock that is not trusted nothing has: dates are not judged then.
[[nodiscard]] bool has_ended(const ProofEnd& end, const WallReading& now);

// Stores what answers from cache have taught of ends since the last time. What cannot be stored is logged,
// and stays for the next time.
Task<void> keep_noted_ends(Ledger& ledger, Confirmations& store);

}  // namespace leafgate

#pragma once

#include "gateway/flows/ledger.hpp"
#include "gateway/flows/lru.hpp"
#include "gateway/ports/outage_operator.hpp"

namespace leafgate {

// What certificates and records of enrollments say, each read once: parsing one costs more than all the rest
// of a forecast. First loop only.
class EnrolledEnds {
 public:
  // When it ends. Absent where only its thumbprint is held.
  [[nodiscard]] std::optional<WallTime> of(const EnrolledCertificate& certificate);
  // Whether a certificate of this x509 group, which the service takes, may not be checked here: the record
  // names more CAs than are held, or of one only the thumbprint is.
  [[nodiscard]] bool is_short(const Enrollment& group);

 private:
  LruMap<std::optional<WallTime>> known_{16'384};  // by SHA-256
  LruMap<std::size_t> named_{1'024};               // CAs, by record
};

// When that ends by which a leaf comes that comes again as it came last; `by` is the enrollment that would
// vouch for it, or null. What is not known of the leaf's own certificate ends with what is enrolled for it:
// after that it is refused for certain.
[[nodiscard]] ProofEnd proof_end(const Registration& registration, const Enrollment* by,
                                 EnrolledEnds& enrolled);

// Why a leaf under an x509 group may not be answered though that would vouch for it, where nothing here has
// taken its certificate yet: what came of it last, `came` (none: it has not come), else that a CA may be
// missing. None where one has been taken, and for all others.
[[nodiscard]] Reason untaken(const Registration& registration, const Enrollment* by, Reason came,
                             EnrolledEnds& enrolled);

// Whether it has ended. By a clock that is not trusted nothing has: dates are not judged then.
[[nodiscard]] bool has_ended(const ProofEnd& end, const WallReading& now);

// Stores what answers from cache have taught of ends since the last time. What cannot be stored is logged,
// and stays for the next time.
Task<void> keep_noted_ends(Ledger& ledger, Confirmations& store);

}  // namespace leafgate

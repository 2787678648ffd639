#pragma once

#include <vector>

#include "gateway/flows/decide.hpp"
#include "gateway/flows/held_secrets.hpp"
#include "gateway/flows/proof_end.hpp"

namespace leafgate {

// How a leaf came last, as far as that is known, what an operator has said of it, and what it takes to answer
// it when it comes again.
struct CameLast {
  bool otherwise = false;  // than what earned its assignment
  ProofEnd end;            // proof_end() by its voucher()
  // Why its certificate, as far as is known, is nobody's here, whatever group would vouch for it; none: it
  // is.
  Reason untaken = Reason::none;
  bool approved = false;
  Secrets secrets = Secrets::open;  // secrets_of() by its voucher()
};

// What decide() would say to a leaf that comes again as it came last, if the uplink went now. `by` is its
// voucher(), null when there is none. Of one whose certificate is untaken it says why, where decide() would
// only say that nothing is known of it. Pure.
[[nodiscard]] Decision without_uplink(const Registration& registration, const Enrollment* by,
                                      PoweredTime powered, WallReading now, const Policy& policy,
                                      Reason doubt = Reason::none, const CameLast& came = {});

// Whether such a leaf gets its assignment.
[[nodiscard]] bool is_answered(const Decision& decision);

// The enrollment that would vouch for it: the individual one whatever it says, else the group that did last
// time, or where nothing is known of that the only one that may; null when there is none. `by_certificate`:
// of a leaf that was never assigned, it has shown a good one. Pure.
[[nodiscard]] const Enrollment* voucher(const Registration& registration, const Enrollment* individual,
                                        const std::vector<Enrollment>& groups, bool by_certificate = false);

// For how long in powered time its assignment is answered without a word of the service.
[[nodiscard]] inline Millis trust_of(const Enrollment* by, const Policy& policy) {
  return by != nullptr && by->offline_max_age ? *by->offline_max_age : policy.offline_max_age;
}

}  // namespace leafgate

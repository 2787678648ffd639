#pragma once

#include "gateway/model/enrollment.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

// How it stands with what is held sealed for a leaf: the keys that judge it; of one with a TPM the key that
// it is told for its hub.
enum class Secrets {
  open,    // or there is none that it needs
  locked,  // not now: what seals them is out of reach
  lost,    // sealed by what is not here: never
};

// Whether what is sealed is really opened, or what it says of itself will do (Trust::can_open), as in a count
// of very many.
enum class Look { closely, at_heads };

// `by` is the leaf's voucher(), null when there is none. As judge() and the answer to a leaf with a TPM find
// it now, but that nothing is derived: of a group's key in the TPM what was not derived yet counts as had
// where the TPM `derives`; else a leaf that has proved itself under the group is known by what was stored
// then, unless secrets are locked. First loop only.
[[nodiscard]] Secrets secrets_of(const Registration& registration, const Enrollment* by, Trust& trust,
                                 Look look = Look::closely, bool derives = true);

}  // namespace leafgate

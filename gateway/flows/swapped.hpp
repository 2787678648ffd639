#pragma once

#include "gateway/flows/judge.hpp"

namespace leafgate {

// Whether a good proof is by another key or certificate than the one that earned the assignment, in a way
// that DPS itself would not take silently (semantics §3): by another enrollment, which may be somebody else's
// key with this leaf's name; or by one that was changed here by hand to another certificate or TPM, which DPS
// may not know of yet. Not where it is the secondary one, another certificate under the same CA, a key that
// was made anew, or what the service's own list has brought. `by` is the enrollment that decided, null: none.
[[nodiscard]] bool is_swapped(const Assignment& assignment, const Judgement& judgement, const Enrollment* by);

}  // namespace leafgate

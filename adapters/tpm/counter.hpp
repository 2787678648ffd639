#pragma once

#include <array>

#include "adapters/tpm/bench.hpp"
#include "gateway/ports/tpm.hpp"

namespace leafgate::tpm {

// The epoch counter: an NV index that only counts up. Each of the three is one command.
Outcome<std::uint64_t> read_epoch(Bench& bench, const crypto::Secret& auth);
Outcome<std::uint64_t> advance_epoch(Bench& bench, const crypto::Secret& auth);
Outcome<TpmStatement> certify_epoch(Bench& bench, const crypto::Secret& auth,
                                    const std::array<std::uint8_t, 32>& extra);

// Defines the counter and counts it for the first time, or adopts one that has the right attributes and that
// `auth` opens. Gives its name. Errors: conflict where the index is somebody else's.
Outcome<Bytes> provide_counter(Bench& bench, std::uint32_t index, const crypto::Secret& auth);

}  // namespace leafgate::tpm

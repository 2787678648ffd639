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

struct ProvidedCounter {
  std::uint32_t index = 0;
  Bytes name;
};
// Defines the counter and counts it for the first time, or adopts one that has the right attributes and that
// `auth` opens. One that another secret opens, of a state folder that was here before, is left alone, and the
// next of `among` indexes taken. Errors: conflict where all are somebody else's, or the first something else.
Outcome<ProvidedCounter> provide_counter(Bench& bench, std::uint32_t first, std::uint32_t among,
                                         const crypto::Secret& auth);

}  // namespace leafgate::tpm

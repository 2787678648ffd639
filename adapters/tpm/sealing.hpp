#pragma once

#include "adapters/tpm/bench.hpp"
#include "gateway/ports/tpm.hpp"

namespace leafgate::tpm {

// As the port says. Secrets cross in the salted session.
Outcome<TpmObject> seal(Bench& bench, const crypto::Secret& secret, const TpmSealPolicy& policy);
Outcome<crypto::Secret> unseal(Bench& bench, const TpmObject& sealed, const TpmSealPolicy& policy);
Outcome<TpmObject> make_hmac_key(Bench& bench, const crypto::Secret& key, const crypto::Secret& auth);

// A policy session; flushed with its owner.
Outcome<Held> start_policy(Bench& bench);

}  // namespace leafgate::tpm

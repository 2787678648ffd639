#pragma once

#include "adapters/tpm/bench.hpp"
#include "gateway/ports/tpm.hpp"

namespace leafgate::tpm {

// The keys by which others know this TPM.
struct KeyInUse {
  ESYS_TR object = ESYS_TR_NONE;
  Held made;  // where it is no persistent one
  TPM2B_PUBLIC area{};
};
// The EK: the persistent one, else the one by the TCG template, which is never made persistent.
Outcome<KeyInUse> endorsement_key(Bench& bench);
// The RSA-2048 storage key that the service is shown: the SRK, or a primary key of our own where the SRK is
// none (systemd makes it ECC).
Outcome<KeyInUse> shown_storage_key(Bench& bench);

// As the port says; `counters`: among how many indexes the counter may be.
Outcome<TpmIdentity> identity(Bench& bench);
Outcome<TpmAnchor> set_up(Bench& bench, const TpmSetUp& wanted, std::uint32_t counters,
                          std::uint32_t signing_epoch);

}  // namespace leafgate::tpm

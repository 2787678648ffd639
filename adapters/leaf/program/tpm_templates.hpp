#pragma once

#include <tss2/tss2_tpm2_types.h>

namespace leafgate::device {

// TCG EK Credential Profile, template L-1 (RSA 2048, PolicySecret of the endorsement hierarchy).
TPM2B_PUBLIC endorsement_template();
// The storage root key of the TCG Provisioning Guidance: the same, used with an empty password.
TPM2B_PUBLIC storage_template();

}  // namespace leafgate::device

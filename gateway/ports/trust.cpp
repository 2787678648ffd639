#include "gateway/ports/trust.hpp"

namespace leafgate {

Result<SealedKey> Trust::seal_tpm_key(const TpmHmacKey&, std::string_view) {
  return Error(Errc::unsupported, "no TPM is used here");
}

Result<TpmHmacKey> Trust::unseal_tpm_key(const SealedKey&, std::string_view) {
  return Error(Errc::unsupported, "no TPM is used here");
}

void Trust::know_derived(const SealedKey&, std::string_view, crypto::Secret) {}

}  // namespace leafgate

#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace leafgate::device {

// A TPM that cannot be reached or refuses; what() names the command and says why.
struct TpmError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The leaf's TPM as DPS's SDKs use it: EK at 0x81010001, storage root key at 0x81000001, the hub key in the
// slot 0x81000100. One thread. Everything throws TpmError.
class Tpm {
 public:
  // Such as "device:/dev/tpmrm0". A missing EK is made from the TCG template and not kept, a missing storage
  // root key is made and kept.
  explicit Tpm(const std::string& tcti);
  ~Tpm();
  Tpm(const Tpm&) = delete;
  Tpm& operator=(const Tpm&) = delete;

  // TPM2B_PUBLIC.
  [[nodiscard]] const std::string& endorsement_key() const;
  [[nodiscard]] const std::string& storage_key() const;

  // HMAC-SHA-256 of `text` by the key that `challenge` wraps: an authenticationKey of the service (six
  // TPM2B), or a credential and its secret alone, where the credential itself is the key. It leaves no trace
  // in the TPM.
  std::string prove(std::string_view challenge, std::string_view text);
  // Puts the key of an authenticationKey into the slot, where it takes the place of what was there.
  void keep(std::string_view authentication_key);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace leafgate::device

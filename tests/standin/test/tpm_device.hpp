#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>

namespace leafgate::standin {

// A device's side of TPM attestation with keys in software: what a TPM would do with its EK and its SRK, read
// from the specification anew. Throws std::runtime_error where a TPM would refuse.
class TpmDevice {
 public:
  TpmDevice();

  // TPM2B_PUBLIC of each, as in the sheet's table (§5.2).
  std::string endorsement_area() const;
  std::string storage_area() const;
  std::string endorsement_key() const;  // in base64
  std::string storage_key() const;

  struct Activated {
    std::string key;     // the HMAC key
    std::string remark;  // the trailing field, decrypted
  };
  Activated activate(const std::string& authentication_key) const;

  // The member `tpm` of a register request, as text.
  std::string member() const;

 private:
  std::shared_ptr<EVP_PKEY> endorsement_;
  std::shared_ptr<EVP_PKEY> storage_;
};

// A token as the Node SDK writes it for a TPM.
std::string tpm_token(const std::string& id, const std::string& key, long expires_in = 3600);

}  // namespace leafgate::standin

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leafgate::leaf {

// An authenticationKey taken apart (device sheet §5.3): each member a TPM2B, its size prefix included.
struct TpmBlob {
  std::string credential;         // TPM2B_ID_OBJECT
  std::string credential_secret;  // TPM2B_ENCRYPTED_SECRET, to the EK
  std::string duplicate;          // TPM2B_PRIVATE
  std::string duplicate_secret;   // TPM2B_ENCRYPTED_SECRET, to the storage root key
  std::string object;             // TPM2B_PUBLIC
  std::string remark;             // encrypted with the inner key
};

// As strict as the strictest SDK: nothing when a field ends early, when the last one is missing or empty
// (Node, Java), or when something stands behind it.
std::optional<TpmBlob> split_tpm_blob(std::string_view octets);

}  // namespace leafgate::leaf

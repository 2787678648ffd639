#pragma once

#include <string>

#include "gateway/app/config.hpp"
#include "gateway/model/result.hpp"

namespace leafgate {

// The certificates that leaves were shown last, kept in the state folder together with the names of the files
// they were read from. Never their keys, which stay where the operator keeps them. A start uses them for two
// things. Files that were good here once and are not now are a renewal that went wrong, and no reason to stay
// away; files that never were are a mistake of who set them up, and told at once. And a renewal that was cut
// off behind the certificate has left the old key: with the certificate kept here that is the old pair.
// Blocking.
class KeptCertificates {
 public:
  // The folder needs to be there for keep() alone.
  explicit KeptCertificates(std::string state_dir) : folder_(std::move(state_dir)) {}

  // Whether one was read from these very files.
  [[nodiscard]] bool have(const CertificatePair& pair) const;
  // The kept certificate in place of the one of `pair`.
  [[nodiscard]] CertificatePair with_key_of(CertificatePair pair) const;
  // Durable, whole or not at all; writes nothing when that is what is kept. `pem` is the chain. Errors:
  // store_full, store_fault.
  [[nodiscard]] Result<void> keep(const CertificatePair& pair, const std::string& pem) const;

 private:
  [[nodiscard]] std::string file_of(const CertificatePair& pair) const;
  std::string folder_;
};

}  // namespace leafgate

#pragma once

#include <memory>

#include "gateway/model/leaf_signature.hpp"
#include "gateway/ports/leaf_signer.hpp"
#include "gateway/ports/provisioning_service.hpp"

namespace leafgate::crypto {
struct CertificateChain;
}

namespace leafgate {

// A leaf with a certificate, whose key stays where it is.
struct DelegatedIdentity {
  std::shared_ptr<const crypto::CertificateChain> chain;
  SchemeSet schemes;
  std::shared_ptr<LeafSigner> signer;
};

// Outward: the service, spoken to with a leaf's own certificate. First loop only.
class DelegatedService {
 public:
  virtual ~DelegatedService() = default;

  // For this leaf alone; tokens are not sent. One TLS connection, kept open from the first request to the
  // last: one signature serves a registration. Errors beside ProvisioningService's: refused, with why: the
  // leaf did not sign, or signed wrongly. That says nothing of the service.
  virtual std::unique_ptr<ProvisioningService> speak_for(DelegatedIdentity identity) = 0;
};

}  // namespace leafgate

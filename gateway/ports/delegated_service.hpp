#pragma once

#include <memory>

#include "gateway/crypto/x509.hpp"
#include "gateway/model/leaf_signature.hpp"
#include "gateway/ports/leaf_signer.hpp"
#include "gateway/ports/provisioning_service.hpp"

namespace leafgate {

// A leaf as the service shall see it: its certificate, and the way to its key.
struct DelegatedIdentity {
  std::shared_ptr<const crypto::CertificateChain> chain;
  SchemeSet schemes;
  std::shared_ptr<LeafSigner> signer;
};

// Outward: the provisioning service as one leaf without a network of its own would use it. First loop only.
class DelegatedService {
 public:
  virtual ~DelegatedService() = default;

  // The service for one attempt of this leaf: what is asked through it goes over a TLS connection that shows
  // the leaf's certificate, and for which the leaf signs once, at the first request. The connection is kept
  // for the requests that follow; tokens are ignored. Destroy it when nothing is under way in it; the
  // DelegatedService outlives it.
  //
  // Errors are those of ProvisioningService, which then tell of the service and the way to it, and also:
  // refused, always the leaf's doing: it did not sign, not in time, or wrongly, it has no scheme or no
  // certificate that the service takes; conflict: the connection ended after the one signature, and the
  // service would want another: a new attempt may follow. Neither says anything against the service.
  [[nodiscard]] virtual std::unique_ptr<ProvisioningService> speak_for(DelegatedIdentity identity) = 0;
};

}  // namespace leafgate

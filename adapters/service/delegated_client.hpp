#pragma once

#include <memory>
#include <string>

#include "gateway/model/ids.hpp"
#include "gateway/net/connector.hpp"
#include "gateway/ports/delegated_service.hpp"

namespace leafgate::service {

struct DelegatedLimits {
  Millis request{30'000};  // one request and its answer, the connection and the signature for it included
  Millis signature{20'000};
};

// The DPS device API for leaves whose keys are elsewhere: for each a connection of its own by `connector` to
// `target`, which shows the leaf's certificate. `http_host` is what Host says. First loop only; needs a
// crypto::ProviderScope. `connector` outlives it.
class DelegatedClient final : public DelegatedService {
 public:
  DelegatedClient(const Executor& loop, net::Connector& connector, net::Target target, std::string http_host,
                  IdScope scope, DelegatedLimits limits = {});

  [[nodiscard]] std::unique_ptr<ProvisioningService> speak_for(DelegatedIdentity identity) override;

 private:
  Executor loop_;
  net::Connector& connector_;
  net::Target target_;
  std::string http_host_;
  IdScope scope_;
  DelegatedLimits limits_;
};

}  // namespace leafgate::service

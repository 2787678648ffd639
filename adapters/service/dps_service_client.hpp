#pragma once

#include "adapters/service/connection_string.hpp"
#include "adapters/service/exchange.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/service_directory.hpp"

namespace leafgate::service {

// The DPS service API as a client: one request, one answer, at most four under way at a time (Exchange), each
// with a token of its own that lives ten minutes. It paces nothing. Source: service sheet §1; Azure/
// azure-rest-api-specs DeviceProvisioningServices data-plane 2021-10-01.
//
// First loop only. `http` and `clock` must outlive it; `http` goes to the host and port of `access`, over TLS
// 1.2 or later.
class DpsServiceClient final : public ServiceDirectory {
 public:
  DpsServiceClient(const Executor& loop, net::HttpClient& http, ConnectionString access,
                   const WallClock& clock, Millis time_limit = Millis(30'000));

  Task<Result<RegistrationState>> registration_state(RegistrationId id) override;

 private:
  [[nodiscard]] Result<std::string> token() const;

  Exchange exchange_;
  ConnectionString access_;
  const WallClock& clock_;
};

}  // namespace leafgate::service

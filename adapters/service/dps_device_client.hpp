#pragma once

#include <deque>
#include <string>

#include "adapters/service/exchange.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/ports/provisioning_service.hpp"

namespace leafgate::service {

// The DPS device API over HTTPS as a client: one request, one answer, at most eight under way at a time
// (Exchange). Source: device protocol sheet §2; Azure/azure-rest-api-specs DeviceProvisioningServices
// data-plane 2021-10-01 and 2026-04-01. First loop only. `http` must outlive it and should open TLS 1.2 or
// later to the service with its CA file.
class DpsDeviceClient final : public ProvisioningService {
 public:
  DpsDeviceClient(const Executor& loop, net::HttpClient& http, IdScope scope,
                  Millis time_limit = Millis(30'000));

  Task<Result<ServiceAnswer>> register_device(RegistrationId id, RegistrationRequest request,
                                              std::string token) override;
  Task<Result<void>> reach() override;
  Task<Result<ServiceAnswer>> operation_status(RegistrationId id, OperationId operation,
                                               std::string token) override;

 private:
  Task<Result<ServiceAnswer>> ask(net::HttpRequest request, std::string token);
  [[nodiscard]] std::string path_of(const RegistrationId& id) const;
  void remember_csr(const OperationId& operation);
  [[nodiscard]] bool had_csr(const OperationId& operation) const;

  Exchange exchange_;
  IdScope scope_;
  std::deque<std::string>
      csr_operations_;  // the newest of those registered with a csr: polled by the same version
};

}  // namespace leafgate::service

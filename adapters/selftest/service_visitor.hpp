#pragma once

#include <optional>
#include <string>

#include "gateway/net/connector.hpp"
#include "gateway/net/name_lookup.hpp"
#include "gateway/ports/self_test.hpp"
#include "gateway/ports/service_directory.hpp"

namespace leafgate::selftest {

// Looks at the provisioning service by the connector that registrations take: its name, the way, its
// certificate, and whether what answers there speaks DPS. One loop. All outlive it.
class ServiceLook final : public ServiceVisitor {
 public:
  struct Options {
    net::Target target;
    std::string address;  // "host:port" for HTTP
    std::string id_scope;
    bool by_proxy = false;
    std::optional<Error> no_api;  // why there is no directory, though one is configured: malformed
    Millis time_limit{10'000};
  };
  ServiceLook(Executor loop, net::Connector& connector, ServiceDirectory* directory, Options options);

  Task<Result<ServiceVisit>> visit() override;
  Task<Result<void>> try_api() override;

 private:
  Task<Result<void>> resolve(ServiceVisit& into, TimePoint deadline);

  net::Connector& connector_;
  ServiceDirectory* directory_;
  Options options_;
  net::Deadlines deadlines_;
  net::NameLookup names_;
};

}  // namespace leafgate::selftest

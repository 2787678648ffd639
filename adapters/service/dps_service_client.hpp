#pragma once

#include <stop_token>

#include "adapters/service/connection_string.hpp"
#include "adapters/service/exchange.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/service_directory.hpp"
#include "gateway/ports/service_list.hpp"

namespace leafgate::service {

// The DPS service API as a client: one request, one answer, at most four under way at a time (Exchange), each
// with a token of its own that lives ten minutes. It paces nothing. Source: service sheet §1; Azure/
// azure-rest-api-specs DeviceProvisioningServices data-plane 2021-10-01.
//
// First loop only. `http` and `clock` must outlive it; `http` goes to the host and port of `access`, over TLS
// 1.2 or later, and takes bodies of wire::largest_page. Pages are read aside (runtime/offload).
class DpsServiceClient final : public ServiceDirectory, public ServiceList {
 public:
  struct Aside {
    Executor background;  // has of the processor what others leave
    Executor pool;
  };
  DpsServiceClient(const Executor& loop, Aside aside, net::HttpClient& http, ConnectionString access,
                   const WallClock& clock, Millis time_limit = Millis(30'000));

  // A page that is being read is let go of, `stopped`: where others want the processor it may take minutes.
  void stop() { (void)stop_.request_stop(); }

  Task<Result<RegistrationState>> registration_state(RegistrationId id) override;
  Task<Result<EnrollmentListPage>> enrollments(EnrollmentKind kind, std::string continuation) override;
  Task<Result<StateListPage>> states(std::string group, std::string continuation) override;
  Task<Result<KeysAnswer>> keys(EnrollmentKind kind, std::string id) override;

 private:
  [[nodiscard]] Result<std::string> token() const;
  [[nodiscard]] wire::json::GoesOn goes_on() const;
  Task<Result<net::HttpResponse>> query(std::string path, std::string continuation);

  Aside aside_;
  std::stop_source stop_;
  Exchange exchange_;
  Exchange pages_;
  ConnectionString access_;
  const WallClock& clock_;
};

}  // namespace leafgate::service

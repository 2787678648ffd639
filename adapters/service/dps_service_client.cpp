#include "adapters/service/dps_service_client.hpp"

#include "adapters/service/answer.hpp"
#include "gateway/crypto/shared_access.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::service {
namespace {

constexpr std::string_view version = "?api-version=2021-10-01";
constexpr std::size_t requests_at_a_time = 4;
// As the vendor's CLI; the service judges it by its own clock, so not much less.
constexpr Millis token_lifetime = std::chrono::minutes(10);

}  // namespace

DpsServiceClient::DpsServiceClient(const Executor& loop, net::HttpClient& http, ConnectionString access,
                                   const WallClock& clock, Millis time_limit)
    : exchange_(loop, http, requests_at_a_time, time_limit), access_(std::move(access)), clock_(clock) {}

Task<Result<RegistrationState>> DpsServiceClient::registration_state(RegistrationId id) {
  auto signature = token();
  if (!signature) co_return signature.error();
  net::HttpRequest get("GET", "/registrations/" + percent_encode(id.text()) + std::string(version));
  auto response = co_await exchange_.send(std::move(get), std::move(*signature));
  if (!response) co_return response.error();
  co_return read_state_answer(*response);
}

Result<std::string> DpsServiceClient::token() const {
  const WallReading now = clock_.now();
  if (now.quality == ClockQuality::unsynced)
    return Error(Errc::throttled, "no token can be made: the gateway's clock is not trusted");
  return crypto::shared_access_signature(access_.host, access_.policy_key.view(), now.at + token_lifetime,
                                         access_.policy);
}

}  // namespace leafgate::service

#include "adapters/service/dps_service_client.hpp"

#include "adapters/service/answer.hpp"
#include "adapters/service/list_answer.hpp"
#include "gateway/crypto/shared_access.hpp"
#include "gateway/model/percent.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate::service {
namespace {

constexpr std::string_view service_version = "?api-version=2021-10-01";
constexpr std::size_t list_requests_at_a_time = 4;
// As the vendor's CLI; the service judges it by its own clock, so not much less.
constexpr Millis token_lifetime = std::chrono::minutes(10);
// Of a thousand records; by a slow line it takes as many times as long as another answer may.
constexpr std::string_view page_size = "1000";
constexpr int page_takes = 4;
constexpr Millis courtesy_of_a_page{2'000};  // the work is a hundredth of it

std::string_view folder(EnrollmentKind kind) {
  return kind == EnrollmentKind::group ? "/enrollmentGroups" : "/enrollments";
}

}  // namespace

DpsServiceClient::DpsServiceClient(const Executor& loop, Aside aside, net::HttpClient& http,
                                   ConnectionString access, const WallClock& clock, Millis time_limit)
    : aside_(std::move(aside)),
      exchange_(loop, http, list_requests_at_a_time, time_limit),
      pages_(loop, http, 1, time_limit * page_takes),
      access_(std::move(access)),
      clock_(clock) {}

Task<Result<RegistrationState>> DpsServiceClient::registration_state(RegistrationId id) {
  auto signature = token();
  if (!signature) co_return signature.error();
  net::HttpRequest get("GET", "/registrations/" + percent_encode(id.text()) + std::string(service_version));
  auto response = co_await exchange_.send(std::move(get), std::move(*signature));
  if (!response) co_return response.error();
  co_return read_state_answer(*response);
}

Task<Result<net::HttpResponse>> DpsServiceClient::query(std::string path, std::string continuation) {
  auto signature = token();
  if (!signature) co_return signature.error();
  net::HttpRequest post("POST", path + "/query" + std::string(service_version));
  post.headers.add("Content-Type", "application/json; charset=utf-8");
  post.headers.add("Cache-Control", "no-cache, must-revalidate");
  post.headers.add("x-ms-max-item-count", std::string(page_size));
  if (!continuation.empty()) post.headers.add("x-ms-continuation", std::move(continuation));
  post.body = R"({"query":"SELECT *"})";
  co_return co_await pages_.send(std::move(post), std::move(*signature));
}

Task<Result<EnrollmentListPage>> DpsServiceClient::enrollments(EnrollmentKind kind,
                                                               std::string continuation) {
  std::string path(folder(kind));
  auto response = co_await query(std::move(path), std::move(continuation));
  if (!response) co_return response.error();
  auto read = [&response, kind, goes_on = goes_on()] {
    return read_enrollment_list(*response, kind, goes_on);
  };
  co_return co_await offload_in_what_is_left(aside_.background, aside_.pool, std::move(read));
}

Task<Result<StateListPage>> DpsServiceClient::states(std::string group, std::string continuation) {
  std::string path = "/registrations/" + percent_encode(group);
  auto response = co_await query(std::move(path), std::move(continuation));
  if (!response) co_return response.error();
  auto read = [&response, goes_on = goes_on()] { return read_state_list(*response, goes_on); };
  co_return co_await offload_in_what_is_left(aside_.background, aside_.pool, std::move(read));
}

Task<Result<KeysAnswer>> DpsServiceClient::keys(EnrollmentKind kind, std::string id) {
  auto signature = token();
  if (!signature) co_return signature.error();
  net::HttpRequest post("POST", std::string(folder(kind)) + "/" + percent_encode(id) +
                                    "/attestationmechanism" + std::string(service_version));
  auto response = co_await exchange_.send(std::move(post), std::move(*signature));
  if (!response) co_return response.error();
  co_return read_keys(*response);
}

// Who waits for the core already would get it from a page's thread only at the next tick of the clock. With
// an end, because who has given way and then also stands behind others gets next to nothing where they want
// all.
wire::json::GoesOn DpsServiceClient::goes_on() const {
  return [stop = stop_.get_token(), until = LoopClock::now() + courtesy_of_a_page] {
    if (LoopClock::now() < until) let_others_go_first();
    return !stop.stop_requested();
  };
}

Result<std::string> DpsServiceClient::token() const {
  const WallReading now = clock_.now();
  if (now.quality == ClockQuality::unsynced)
    return Error(Errc::throttled, "no token can be made: the gateway's clock is not trusted");
  return crypto::shared_access_signature(access_.host, access_.policy_key.view(), now.at + token_lifetime,
                                         access_.policy);
}

}  // namespace leafgate::service

#include "adapters/service/answer.hpp"

#include <algorithm>

#include "adapters/wire/dps_json.hpp"
#include "adapters/wire/http_date.hpp"
#include "adapters/wire/service_state.hpp"

namespace leafgate::service {
namespace {

// Front ends before the service (load balancers, proxies) answer overload in HTML.
bool is_front_end_page(const net::HttpResponse& response) {
  const bool overload = response.status == 408 || response.status == 429 || response.status >= 500;
  const std::string* type = response.headers.find("Content-Type");
  return overload && (type == nullptr || ascii_lower(*type).find("json") == std::string::npos);
}

// The body to read, unless the answer cannot be from the service: redirects above all, which a portal or a
// proxy gives, whatever their body claims.
Result<std::string_view> body_of(const net::HttpResponse& response, bool may_be_dps) {
  if (!may_be_dps && response.status < 400)
    return Error(Errc::implausible,
                 "HTTP " + std::to_string(response.status) + " is no answer of the service");
  return is_front_end_page(response) ? std::string_view() : std::string_view(response.body);
}

Error implausible(const net::HttpResponse& response, const Error& error) {
  return {Errc::implausible, "HTTP " + std::to_string(response.status) + ": " + error.detail};
}

// Front ends name the hour too (RFC 9110 §10.2.3): by their own clock, which Date tells.
std::optional<Seconds> until_named_hour(std::string_view wait, std::optional<WallTime> now) {
  const auto hour = wire::read_http_date(wait);
  if (!hour || !now) return std::nullopt;
  const auto left = std::chrono::ceil<Seconds>(*hour - *now);
  return wire::read_retry_after(std::to_string(std::max(left, Seconds(0)).count()));
}

// What answers of both APIs have in common.
template <class Answer>
Answer answer_of(wire::ServiceReply& reply, const net::HttpResponse& response) {
  Answer answer;
  answer.http_status = response.status;
  answer.status = reply.status;
  answer.registration_id = std::move(reply.registration_id);
  answer.assigned_hub = std::move(reply.assigned_hub);
  answer.device_id = std::move(reply.device_id);
  answer.etag = std::move(reply.etag);
  answer.state = std::move(reply.state);
  answer.error_code = reply.error_code;
  answer.message = std::move(reply.message);
  answer.tracking_id = std::move(reply.tracking_id);
  if (const std::string* id = response.headers.find("x-ms-request-id"); id && answer.tracking_id.empty())
    answer.tracking_id = id->substr(0, 64);
  if (const std::string* date = response.headers.find("Date"))
    answer.answered_at = wire::read_http_date(*date);
  if (const std::string* wait = response.headers.find("Retry-After")) {
    answer.retry_after = wire::read_retry_after(*wait);
    if (!answer.retry_after) answer.retry_after = until_named_hour(*wait, answer.answered_at);
  }
  return answer;
}

}  // namespace

Result<ServiceAnswer> read_answer(const net::HttpResponse& response) {
  const auto body = body_of(response, response.status == 200 || response.status == 202);
  if (!body) return body.error();
  auto reply = wire::read_service_body(response.status, *body);
  if (!reply) return implausible(response, reply.error());
  auto answer = answer_of<ServiceAnswer>(*reply, response);
  answer.operation = std::move(reply->operation);
  answer.authentication_key = std::move(reply->authentication_key);
  return answer;
}

Result<RegistrationState> read_state_answer(const net::HttpResponse& response) {
  const auto body = body_of(response, response.status == 200);
  if (!body) return body.error();
  auto read = wire::read_state_body(response.status, *body);
  if (!read) return implausible(response, read.error());
  auto state = answer_of<RegistrationState>(read->reply, response);
  state.last_updated = read->last_updated;
  return state;
}

RegistrationState state_of(wire::StateReply read) {
  const net::HttpResponse none(200);
  auto state = answer_of<RegistrationState>(read.reply, none);
  state.last_updated = read.last_updated;
  return state;
}

}  // namespace leafgate::service

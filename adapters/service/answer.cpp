#include "adapters/service/answer.hpp"

#include "adapters/wire/dps_json.hpp"

namespace leafgate::service {
namespace {

// Front ends before the service (load balancers, proxies) answer overload in HTML.
bool is_front_end_page(const net::HttpResponse& response) {
  const bool overload = response.status == 408 || response.status == 429 || response.status >= 500;
  const std::string* type = response.headers.find("Content-Type");
  return overload && (type == nullptr || ascii_lower(*type).find("json") == std::string::npos);
}

}  // namespace

Result<ServiceAnswer> read_answer(const net::HttpResponse& response) {
  const bool may_be_dps = response.status == 200 || response.status == 202 || response.status >= 400;
  if (!may_be_dps)  // redirects above all: a portal or a proxy, whatever its body claims
    return Error(Errc::implausible,
                 "HTTP " + std::to_string(response.status) + " is no answer of the service");
  const std::string_view body = is_front_end_page(response) ? std::string_view() : response.body;
  auto reply = wire::read_service_body(response.status, body);
  if (!reply)
    return Error(Errc::implausible, "HTTP " + std::to_string(response.status) + ": " + reply.error().detail);
  ServiceAnswer answer;
  answer.http_status = response.status;
  answer.operation = std::move(reply->operation);
  answer.status = reply->status;
  answer.registration_id = std::move(reply->registration_id);
  answer.assigned_hub = std::move(reply->assigned_hub);
  answer.device_id = std::move(reply->device_id);
  answer.etag = std::move(reply->etag);
  answer.state = std::move(reply->state);
  answer.error_code = reply->error_code;
  answer.message = std::move(reply->message);
  answer.tracking_id = std::move(reply->tracking_id);
  if (const std::string* id = response.headers.find("x-ms-request-id"); id && answer.tracking_id.empty())
    answer.tracking_id = id->substr(0, 64);
  if (const std::string* wait = response.headers.find("Retry-After"))
    answer.retry_after = wire::read_retry_after(*wait);
  return answer;
}

}  // namespace leafgate::service

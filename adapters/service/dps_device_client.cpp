#include "adapters/service/dps_device_client.hpp"

#include <algorithm>

#include "adapters/service/answer.hpp"
#include "adapters/wire/dps_json.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::service {
namespace {

constexpr std::string_view plain_version = "2021-06-01";
constexpr std::string_view csr_version = "2026-04-01";
constexpr std::size_t csr_memory = 1024;
constexpr std::size_t requests_at_a_time = 8;

std::string query(bool with_csr) {
  return "?api-version=" + std::string(with_csr ? csr_version : plain_version);
}

// A token comes from a leaf when it is relayed. One that cannot stand in a header field is what DPS would
// answer with 401, and is the leaf's fault, never the lane's.
bool fits_a_header(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

ServiceAnswer unauthorized() {
  ServiceAnswer answer;
  answer.http_status = 401;
  answer.error_code = 401000;
  answer.message = "Unauthorized";
  return answer;
}

}  // namespace

DpsDeviceClient::DpsDeviceClient(const Executor& loop, net::HttpClient& http, IdScope scope,
                                 Millis time_limit)
    : exchange_(loop, http, requests_at_a_time, time_limit), scope_(std::move(scope)) {}

Task<Result<ServiceAnswer>> DpsDeviceClient::register_device(RegistrationId id, RegistrationRequest request,
                                                             std::string token) {
  const bool with_csr = !request.csr.empty();
  net::HttpRequest put("PUT", path_of(id) + "/register" + query(with_csr));
  put.headers.add("Content-Type", "application/json; charset=utf-8");
  put.body = wire::write_register_body(id, request);
  auto answer = co_await ask(std::move(put), std::move(token));
  if (with_csr && answer && answer->operation) remember_csr(*answer->operation);
  co_return answer;
}

Task<Result<void>> DpsDeviceClient::reach() { return exchange_.reach(); }

Task<Result<ServiceAnswer>> DpsDeviceClient::operation_status(RegistrationId id, OperationId operation,
                                                              std::string token) {
  net::HttpRequest get(
      "GET", path_of(id) + "/operations/" + percent_encode(operation.text()) + query(had_csr(operation)));
  co_return co_await ask(std::move(get), std::move(token));
}

Task<Result<ServiceAnswer>> DpsDeviceClient::ask(net::HttpRequest request, std::string token) {
  if (!fits_a_header(token)) co_return unauthorized();
  auto response = co_await exchange_.send(std::move(request), std::move(token));
  if (!response) co_return response.error();
  co_return read_answer(*response);
}

std::string DpsDeviceClient::path_of(const RegistrationId& id) const {
  return "/" + percent_encode(scope_.text()) + "/registrations/" + percent_encode(id.text());
}

void DpsDeviceClient::remember_csr(const OperationId& operation) {
  csr_operations_.push_back(operation.text());
  if (csr_operations_.size() > csr_memory) csr_operations_.pop_front();
}

bool DpsDeviceClient::had_csr(const OperationId& operation) const {
  return std::find(csr_operations_.begin(), csr_operations_.end(), operation.text()) != csr_operations_.end();
}

}  // namespace leafgate::service

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gateway/ports/provisioning_service.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// A provisioning service in memory with the habits of the true one: 202 first, a number of polls, then the
// same hub for the same device for ever. Down, slow, throttling and refusing on request. Members are open to
// the tests.
class FakeProvisioningService : public ProvisioningService {
 public:
  bool up = true;
  Millis latency{20};
  int polls_until_done = 0;
  int throttle_next = 0;  // so many register requests get 429
  Seconds throttle_retry_after{5};
  int refuse_status = 0;             // when set: every request gets it (an IP filter says 401 to everybody)
  std::set<std::string> refuse_ids;  // these get 401
  std::map<std::string, RegistrationStatus> ends;  // these end failed or disabled
  std::map<std::string, std::string> hubs;         // where a device was put; changing it moves the device
  bool implausible = false;
  std::deque<Error> next_errors;  // given before anything else

  // Says what it thinks of a request before it is accepted; nothing: it may be.
  std::function<std::optional<ServiceAnswer>(const RegistrationId&, const RegistrationRequest&,
                                             const std::string& token)>
      attest;
  std::function<std::string(const RegistrationId&)> hub_key;  // of a TPM, new with each assignment

  int calls = 0;                                 // requests, probes apart
  std::map<int, Result<ServiceAnswer>> at_call;  // given instead of what would be said to that call

  std::vector<TimePoint> throttle_times;  // of every 429 to a PUT
  std::map<std::string, int> registered;  // accepted PUTs per id
  std::vector<TimePoint> register_times;  // of every PUT that arrived
  std::vector<std::string> order;         // ids of PUTs in order
  int polls = 0;
  int probes = 0;

  Task<Result<ServiceAnswer>> register_device(RegistrationId id, RegistrationRequest request,
                                              std::string token) override {
    co_await sleep_for(latency);
    if (const auto given = at_call.find(++calls); given != at_call.end()) co_return given->second;
    if (auto error = broken()) co_return *error;
    register_times.push_back(LoopClock::now());
    order.push_back(id.key());
    requests[id.key()] = request;
    last_token = token;
    if (throttle_next > 0) {
      --throttle_next;
      throttle_times.push_back(LoopClock::now());
      ServiceAnswer answer = refusal(429, 429001);
      answer.retry_after = throttle_retry_after;
      co_return answer;
    }
    if (refuse_status != 0) co_return refusal(refuse_status, refuse_status * 1000);
    if (refuse_ids.contains(id.key())) co_return refusal(401, 401000);
    if (attest)
      if (auto said = attest(id, request, token)) co_return *said;
    ++registered[id.key()];
    const std::string name = "4.0000000000000001.op-" + std::to_string(++operations_);
    remaining_[name] = polls_until_done;
    co_return assigning(name);
  }

  Task<Result<ServiceAnswer>> operation_status(RegistrationId id, OperationId operation,
                                               std::string) override {
    co_await sleep_for(latency);
    if (const auto given = at_call.find(++calls); given != at_call.end()) co_return given->second;
    if (auto error = broken()) co_return *error;
    ++polls;
    if (refuse_status != 0) co_return refusal(refuse_status, refuse_status * 1000);
    const auto remaining = remaining_.find(operation.text());
    if (remaining == remaining_.end()) co_return refusal(404, 404000);
    if (remaining->second-- > 0) co_return assigning(operation.text());
    remaining_.erase(remaining);
    co_return done(id, operation);
  }

  Task<Result<void>> reach() override {
    co_await sleep_for(latency);
    ++probes;
    if (auto error = broken()) co_return *error;
    co_return Result<void>();
  }

  std::map<std::string, RegistrationRequest> requests;
  std::string last_token;

 private:
  std::optional<Error> broken() {
    if (!next_errors.empty()) {
      Error error = next_errors.front();
      next_errors.pop_front();
      return error;
    }
    if (!up) return Error(Errc::unreachable, "connection refused");
    return std::nullopt;
  }

 public:
  static ServiceAnswer refusal(int status, int code) {
    ServiceAnswer answer;
    answer.http_status = status;
    answer.error_code = code;
    answer.message = "refused by the fake";
    return answer;
  }

 private:
  static ServiceAnswer assigning(const std::string& operation) {
    ServiceAnswer answer;
    answer.http_status = 202;
    answer.operation = OperationId::parse(operation).value();
    answer.status = RegistrationStatus::assigning;
    answer.retry_after = Seconds(3);
    return answer;
  }

  ServiceAnswer done(const RegistrationId& id, const OperationId& operation) {
    ServiceAnswer answer;
    answer.http_status = 200;
    answer.operation = operation;
    answer.registration_id = implausible ? "somebody-else" : id.text();
    answer.etag = "etag-" + std::to_string(operations_);
    const auto end = ends.find(id.key());
    answer.status = end == ends.end() ? RegistrationStatus::assigned : end->second;
    if (answer.status == RegistrationStatus::assigned) {
      answer.assigned_hub = hubs.try_emplace(id.key(), "hub1.azure-devices.net").first->second;
      answer.device_id = id.text();
      if (hub_key) answer.authentication_key = hub_key(id);
    } else {
      answer.error_code = 400207;
      answer.message = "the fake ended it";
    }
    answer.state = R"({"registrationId":")" + answer.registration_id + R"(","status":")" +
                   std::string(to_text(*answer.status)) + R"(","assignedHub":")" + answer.assigned_hub +
                   R"(","unknownMember":{"kept":[1,2.50]})";
    if (!requests[id.key()].csr.empty())
      answer.state += R"(,"issuedCertificateChain":["TUlJQg==","TUlJQw=="])";
    answer.state += '}';
    return answer;
  }

  int operations_ = 0;
  std::map<std::string, int> remaining_;
};

}  // namespace leafgate

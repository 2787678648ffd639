#include "tests/standin/faulty_answers.hpp"

#include "tests/standin/answers.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

// In an answer to a device and in an enrollment it is a member, in the state lookups the whole body.
json* state_in(json& body) {
  if (!body.is_object()) return nullptr;
  if (body.contains("registrationState")) return &body["registrationState"];
  return body.contains("registrationId") && body.contains("status") ? &body : nullptr;
}

std::string nested(std::size_t depth) {
  std::string text = "{\"operationId\":\"4.0\",\"status\":\"assigned\",\"deep\":";
  for (std::size_t i = 0; i < depth; ++i) text += "{\"a\":";
  text += "1";
  text.append(depth, '}');
  return text + "}";
}

void fill(json& body) {
  const std::string filler(200 * 1024, 'x');
  if (body.is_array()) {
    body.push_back(filler);
  } else {
    body["filler"] = filler;
  }
}

// A wrong answer of the named kind (faults.hpp) made from a right one.
void make_implausible(Response& response, const std::string& kind) {
  json body = json::parse(response.body, nullptr, false);
  if (body.is_discarded()) return;
  json* state = state_in(body);
  if (kind == "registration_id" && state != nullptr) {
    (*state)["registrationId"] = "somebody-else";
  } else if (kind == "hub_address" && state != nullptr) {
    (*state)["assignedHub"] = "192.0.2.17";
  } else if (kind == "null_members" && state != nullptr) {
    (*state)["assignedHub"] = nullptr;
    (*state)["deviceId"] = nullptr;
  } else if (kind == "operation_id" && body.is_object()) {
    body["operationId"] = "4.0/../../$rid=1&x";
  } else if (kind == "huge_body") {
    fill(body);
  }
  response.body = body.dump();
  if (kind == "deep_json") response.body = nested(20'000);
  if (kind == "html") {
    response.status = 200;
    response.content_type = "text/html";
    response.body = "<html><body>Please sign in to this network</body></html>";
  }
  if (kind == "redirect") {
    response.status = 307;
    response.headers.emplace_back("Location", "https://elsewhere.example/");
  }
  if (kind == "retry_after") response.headers.emplace_back("Retry-After", "864000");
}

}  // namespace

std::optional<Response> scripted_answer(const Action& fault, const std::string& request_id, WallTime now) {
  if (fault.refuse) {
    Response none;
    none.ending = Ending::reset;
    return none;
  }
  if (fault.status == 0) return std::nullopt;
  const std::string message = !fault.message.empty() ? fault.message
                              : fault.status == 429  ? "Operations are being throttled for this tenant."
                                                     : "Scripted fault";
  const int detail = fault.status == 429 ? 1 : 0;
  Response response =
      error_answer(fault.status, fault.error_code != 0 ? fault.error_code : fault.status * 1000 + detail,
                   message, request_id, now);
  if (fault.retry_after >= 0) response.headers.emplace_back("Retry-After", std::to_string(fault.retry_after));
  return response;
}

void spoil(const Action& fault, Response& answer) {
  answer.delay = std::chrono::milliseconds(fault.latency_ms);
  if (fault.garbage) answer.body = "\x01{not json at all";
  if (!fault.implausible.empty()) make_implausible(answer, fault.implausible);
  if (fault.reset_in_answer) answer.ending = Ending::reset_half;
}

}  // namespace leafgate::standin

#include "tests/leaf/tpm_visit.hpp"

#include <algorithm>
#include <ctime>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tests/leaf/encoding.hpp"
#include "tests/leaf/tpm_text.hpp"

namespace leafgate::leaf {
namespace {

using nlohmann::json;

constexpr long long token_life = 3600;
constexpr std::chrono::milliseconds hurried{50};

std::string text_in(const json& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() || !at->is_string() ? std::string() : at->get<std::string>();
}

void wait(std::chrono::milliseconds pause) {
  boost::asio::io_context io(1);
  boost::asio::steady_timer(io, pause).wait();
}

// The challenge in an answer; empty when it carries none. C takes the absence of `status` for it (§5.4).
std::string challenge_in(const Reply& reply) {
  if (reply.status != 401 || reply.body.contains("status") || text_in(reply.body, "keyName").empty())
    return {};
  return text_in(reply.body, "authenticationKey");
}

}  // namespace

json TpmVisit::run() {
  line_ = {{"registrationId", settings_.registration_id}};
  try {
    register_once();
    if (settings_.replay && line_["status"] == "assigned") replay();
  } catch (const TpmError& error) {
    line_["status"] = "broken";
    line_["message"] = error.what();
  }
  line_["challenges"] = challenges_;
  line_["slotWrites"] = tpm_.slot_writes();
  return line_;
}

void TpmVisit::register_once() {
  const Reply first = put({}, true);
  const std::string challenge = challenge_in(first);
  if (challenge.empty()) {
    // Node takes nothing but the challenge for an answer to this request.
    return tell(first, first.status == 0 ? "no-answer" : first.status < 300 ? "broken" : "refused");
  }
  ++challenges_;
  token_ = sign(challenge);
  follow(put(token_, settings_.tpm_in_second_put), token_);
}

Reply TpmVisit::put(const std::string& token, bool with_tpm) {
  json body{{"registrationId", settings_.registration_id}};
  if (with_tpm)
    body["tpm"] = {{"endorsementKey", base64(settings_.endorsement_area)},
                   {"storageRootKey", base64(tpm_.storage_area())}};
  if (!settings_.payload.is_null()) body["payload"] = settings_.payload;
  return way_.put(body, token);
}

std::string TpmVisit::sign(const std::string& authentication_key) {
  const TokenText text =
      token_text(settings_.id_scope, settings_.registration_id, std::time(nullptr) + token_life);
  // With an EK that is not its own it cannot read the challenge, and answers all the same.
  const bool can_read = settings_.endorsement_area == tpm_.endorsement_area();
  if (can_read) tpm_.activate(from_base64(authentication_key).value_or(""));
  if (can_read && !settings_.wrong_token) return text.token(tpm_.hmac(text.to_sign()));
  return text.token(hmac_sha256(random_key(), text.to_sign()));
}

void TpmVisit::follow(Reply reply, const std::string& token) {
  const bool polled = reply.status == 202;
  while (reply.status == 202) {
    const std::string operation = text_in(reply.body, "operationId");
    if (operation.empty()) return tell(reply, "broken");
    line_["operationId"] = operation;
    const std::chrono::seconds told(std::clamp(reply.retry_after.value_or(2), 1L, 5L));
    wait(settings_.hurry ? hurried : told);
    reply = way_.poll(operation, token);
  }
  if (reply.status != 200) return tell(reply, reply.status == 0 ? "no-answer" : "refused");
  line_["direct"] = !polled;
  take(reply);
}

void TpmVisit::take(const Reply& final) {
  const std::string status = text_in(final.body, "status");
  const json state = final.body.value("registrationState", json::object());
  if (status != "assigned")
    return tell({final.status, 0, {}, state, {}}, status.empty() ? "broken" : status.c_str());
  line_["assignedHub"] = text_in(state, "assignedHub");
  line_["deviceId"] = text_in(state, "deviceId");
  if (state.contains("payload")) line_["payload"] = state["payload"];
  const std::string key = text_in(state.value("tpm", json::object()), "authenticationKey");
  if (key.empty())
    return tell({final.status, 0, {}, {{"message", "assigned without a hub key"}}, {}}, "broken");
  tpm_.activate(from_base64(key).value_or(""));
  line_["status"] = status;
  line_["proof"] = base64(tpm_.hmac(settings_.prove));
}

void TpmVisit::replay() {
  const Reply again = put(token_, true);
  const Reply fresh = put({}, true);
  const bool challenged = !challenge_in(fresh).empty();
  const Reply old = challenged ? put(token_, true) : fresh;
  line_["replayed"] = {again.status, old.status};
  const Reply& worse = again.status == 200 || again.status == 202 ? again : old;
  if (worse.status != 200 && worse.status != 202) tell(worse, worse.status == 0 ? "no-answer" : "refused");
}

void TpmVisit::tell(const Reply& reply, const char* status) {
  line_["status"] = status;
  if (reply.status != 0) line_["httpStatus"] = reply.status;
  if (reply.connack != 0) line_["connack"] = reply.connack;
  if (reply.retry_after) line_["retryAfter"] = *reply.retry_after;
  const json body = reply.body.is_object() ? reply.body : json::object();
  for (const char* name : {"errorCode", "message", "errorMessage"})
    if (body.contains(name)) line_[name] = body[name];
  if (!reply.failure.empty()) line_["message"] = reply.failure;
}

}  // namespace leafgate::leaf

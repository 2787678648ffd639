// Devices that show a TPM: a challenge first, then a token signed with the key in it (sheet §5).

#include "tests/standin/answers.hpp"
#include "tests/standin/device_api.hpp"
#include "tests/standin/device_call.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

json tpm_member(const Request& request) {
  const json body = json::parse(request.body, nullptr, false);
  return body.is_object() ? body.value("tpm", json()) : json();
}

bool same(const ShownTpm& a, const ShownTpm& b) {
  return a.endorsement.area == b.endorsement.area && a.storage.area == b.storage.area;
}

}  // namespace

std::optional<Response> DeviceApi::challenge(const Request& request, Call& call) {
  if (call.operation_word != "register") return std::nullopt;
  if (request.transport != "https" && !instance_.settings.tpm_over_mqtt) return std::nullopt;
  const json member = tpm_member(request);
  if (member.is_null()) return std::nullopt;
  auto shown = shown_tpm(member);
  if (!shown) return error(call, 400, 400003, "Invalid TPM keys");
  call.operation_word = "challenge";
  ++counters_.challenges;
  // Also for an id that nobody enrolled: that shows at the end of the operation (sheet §5.1). No `status`:
  // the C SDK takes its absence for the challenge.
  const std::string key = instance_.registrations.touch(call.id).tpm.challenge(
      std::move(*shown), call.scope + "/registrations/" + call.id);
  return answer(401,
                json{{"message", "Authorization required, resend request using supplied key"},
                     {"authenticationKey", key},
                     {"unencryptedAuthenticationKey", nullptr},
                     {"keyName", "registration"}},
                call.request_id);
}

std::shared_ptr<const TpmRound> DeviceApi::round_of(const Call& call) {
  TpmRounds& rounds = instance_.registrations.touch(call.id).tpm;
  if (call.operation_word == "register") return rounds.open;
  if (call.operation_word == "lookup") return rounds.accepted;
  const Operation* operation = instance_.registrations.operation(call.operation);
  return operation == nullptr ? nullptr : operation->tpm;
}

std::optional<Response> DeviceApi::tpm_refusal(const Request& request, const Call& call,
                                               const Enrollment*& enrollment) const {
  // The second request may leave the keys out, as iot-identity-service does, but not change them.
  if (const json member = tpm_member(request); call.operation_word == "register" && !member.is_null()) {
    const auto shown = shown_tpm(member);
    if (!shown || !same(*shown, call.round->tpm)) return error(call, 401, 401000, "Unauthorized");
  }
  const auto& individuals = instance_.enrollments.individuals();
  const auto at = individuals.find(lower(call.id));
  if (at == individuals.end()) return std::nullopt;
  enrollment = &at->second;
  // A disabled record blocks the id whatever is shown (service sheet §3.2).
  const bool vouches = enrollment->tpm && enrollment->endorsement_key == call.round->tpm.endorsement.area;
  if (enrollment->enabled ? vouches : vouches || !enrollment->tpm) return std::nullopt;
  return error(call, 401, 401000, "Unauthorized");
}

}  // namespace leafgate::standin

#include "adapters/mqtt/reply.hpp"

#include <array>

#include "adapters/wire/dps_json.hpp"
#include "adapters/wire/tpm_state.hpp"
#include "gateway/crypto/guid.hpp"

namespace leafgate::mqtt {
namespace {

std::string new_guid(Random& random) {
  std::array<std::uint8_t, 16> octets{};
  random.fill(octets);
  return crypto::guid(octets);
}

}  // namespace

std::string reply_body(const Answer& answer, const RegistrationId& id, bool poll, WallTime now,
                       Random& random) {
  constexpr int accepted = 202;
  constexpr int ended = 200;
  constexpr int unauthorized = 401;
  const bool tells_operation = answer.operation.has_value();
  if (answer.status == accepted && tells_operation && poll)
    return wire::assigning_poll_body(answer.operation->text(), id.text());
  if (answer.status == accepted && tells_operation) return wire::assigning_body(answer.operation->text());
  if (answer.status == ended && tells_operation) {
    const std::string state = wire::with_tpm_key(answer.state, answer.authentication_key);
    return wire::ended_body(answer.operation->text(), answer.registration_status,
                            wire::with_gateway_host_name(state, answer.gateway_host_name));
  }
  // An extension: the service knows TPMs over HTTPS alone.
  if (answer.status == unauthorized && !answer.authentication_key.empty())
    return wire::challenge_body(answer.message, answer.authentication_key);
  return wire::error_body(answer.error_code, new_guid(random), answer.message, now);
}

}  // namespace leafgate::mqtt

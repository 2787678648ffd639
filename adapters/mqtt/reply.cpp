#include "adapters/mqtt/reply.hpp"

#include <array>

#include "adapters/wire/dps_json.hpp"
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
  const bool tells_operation = answer.operation.has_value();
  if (answer.status == accepted && tells_operation && poll)
    return wire::assigning_poll_body(answer.operation->text(), id.text());
  if (answer.status == accepted && tells_operation) return wire::assigning_body(answer.operation->text());
  if (answer.status == ended && tells_operation)
    return wire::ended_body(answer.operation->text(), answer.registration_status,
                            wire::with_gateway_host_name(answer.state, answer.gateway_host_name));
  return wire::error_body(answer.error_code, new_guid(random), answer.message, now);
}

}  // namespace leafgate::mqtt

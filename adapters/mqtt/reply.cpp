#include "adapters/mqtt/reply.hpp"

#include <array>

#include "adapters/wire/dps_json.hpp"
#include "gateway/crypto/digest.hpp"

namespace leafgate::mqtt {
namespace {

// A GUID of version 4 (RFC 9562 §5.4), as the service writes its trackingId.
std::string new_guid(Random& random) {
  std::array<std::uint8_t, 16> octets{};
  random.fill(octets);
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0FU) | 0x40U);
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3FU) | 0x80U);
  std::string text = crypto::hex(octets);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
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
    return wire::ended_body(answer.operation->text(), answer.registration_status, answer.state);
  return wire::error_body(answer.error_code, new_guid(random), answer.message, now);
}

}  // namespace leafgate::mqtt

#pragma once

#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

namespace leafgate::broker {

// The topics of the leaf link on a broker. A leaf publishes on leafgate/v1/{registrationId}/up and listens on
// leafgate/v1/{registrationId}/down. The gateways of a broker speak of themselves on
// leafgate/gateways/{name}, which lies outside every leaf's tree whatever a leaf or a gateway is called.

inline constexpr std::string_view leaf_filter = "leafgate/v1/+/up";
inline constexpr std::string_view gateway_filter = "leafgate/gateways/+";

// Whose `up` this is, as the leaf wrote it: topics tell upper from lower case. Errors: malformed (not such a
// topic, or what stands there is no RegistrationId).
[[nodiscard]] Result<std::string> leaf_of(std::string_view topic);
[[nodiscard]] std::string down_topic(std::string_view leaf);

// The name in the topic of a gateway; empty: not such a topic.
[[nodiscard]] std::string gateway_of(std::string_view topic);
[[nodiscard]] std::string gateway_topic(std::string_view name);

// Whether the gateway may publish there because this leaf asked for it (MQTT 5 response topic): only within
// the leaf's own leafgate/v1/{leaf}/, never on its `up`, where the gateway would hear itself; printable ASCII
// without wildcards, at most 256 octets. Whatever a leaf says, nobody else hears from us for it.
[[nodiscard]] bool may_answer_at(std::string_view topic, std::string_view leaf);

}  // namespace leafgate::broker

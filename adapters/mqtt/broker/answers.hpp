#pragma once

#include <string>
#include <string_view>

namespace leafgate::broker {

// What a broker's code means, for the engineer: reason codes of MQTT 5 (section 2.4), and the return codes of
// MQTT 3.1.1 (section 3.2.2.3), which are below 6.
[[nodiscard]] std::string code_text(int code);
// Whether it says that the broker does not speak our version.
[[nodiscard]] bool is_version_refused(int code);

}  // namespace leafgate::broker

#pragma once

#include <string>
#include <string_view>

namespace leafgate::broker {

// What a broker's code means, for the engineer: reason codes of MQTT 5 (section 2.4), and the return codes of
// MQTT 3.1.1 (section 3.2.2.3), which are below 6.
[[nodiscard]] std::string code_text(int code);
// Whether it says that the broker does not speak our version.
[[nodiscard]] bool is_version_refused(int code);

// What went wrong with TLS, from a line of OpenSSL's error queue as Paho hands it out
// ("THREAD:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:..."). Empty: no such line.
[[nodiscard]] std::string tls_reason(std::string_view line);

}  // namespace leafgate::broker

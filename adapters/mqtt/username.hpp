#pragma once

#include <string>
#include <string_view>

#include "gateway/model/ids.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::mqtt {

// What a DPS user name says:
//   {idScope}/registrations/{registrationId}/api-version={v}[&ClientVersion={agent}]
// No SDK encodes scope or id. The last part runs to the end, also past further slashes, and may hold other
// parameters in any order. Source: SDKs for C, Node.js, Python, C#, Java and Embedded C; "Communicate with
// DPS using the MQTT protocol" (Microsoft).
struct Username {
  Username(IdScope s, RegistrationId i) : scope(std::move(s)), id(std::move(i)) {}
  IdScope scope;
  RegistrationId id;
  std::string api_version;     // never empty; any value, old devices send old previews
  std::string client_version;  // percent-decoded where that gives text, else as received; at most 256 octets
};

// Errors: malformed, with what is wrong in words for the engineer.
[[nodiscard]] Result<Username> parse_username(std::string_view text);

}  // namespace leafgate::mqtt

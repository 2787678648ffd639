#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::service {

// Where the service API of an instance is, and the shared access policy that may read it.
struct ConnectionString {
  std::string host;  // in small letters; what tokens are signed for
  std::uint16_t port = 443;
  std::string policy;         // name of the policy, the token's skn
  crypto::Secret policy_key;  // octets
};

// Reads what the portal and the CLI give for a policy of the provisioning service:
//   HostName=...;SharedAccessKeyName=...;SharedAccessKey=...
// The parts stand in any order, a semicolon at the end and white space around the text are nothing, names are
// compared ignoring case. HostName may carry a port, which the portal never writes: for an instance behind a
// port of one's own. Errors: malformed; the detail says what is wrong with which part and repeats nothing of
// the text but a host. Pure. Source: service sheet §1.3.
Result<ConnectionString> parse_connection_string(std::string_view text);

}  // namespace leafgate::service

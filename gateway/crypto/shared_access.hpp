#pragma once

#include <string>
#include <string_view>

#include "gateway/model/bytes.hpp"
#include "gateway/model/time.hpp"

namespace leafgate::crypto {

// A shared access signature as Azure's services check it:
//   SharedAccessSignature sr={resource}&sig={signature}&se={seconds}[&skn={key name}]
// Signed is `sr LF se` as they stand there; sr is `resource` percent-encoded in upper case, as the Azure SDK
// for .NET writes it. `expires` counts in whole seconds; an empty `key_name` leaves skn out. Source: DPS
// how-to-control-access. Above all a credential: never logged. Any thread.
[[nodiscard]] std::string shared_access_signature(std::string_view resource, ByteView key, WallTime expires,
                                                  std::string_view key_name);

// The same where the key is not at hand: what it has to sign, HMAC-SHA256, and the token with that signature.
[[nodiscard]] std::string shared_access_text(std::string_view resource, WallTime expires);
[[nodiscard]] std::string shared_access_signed(std::string_view resource, ByteView signature,
                                               WallTime expires, std::string_view key_name);

}  // namespace leafgate::crypto

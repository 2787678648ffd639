#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

namespace leafgate::tpm {

// Where a TPM is spoken to.
struct TctiAddress {
  enum class Kind : std::uint8_t { device, unix_socket, tcp };
  Kind kind = Kind::device;
  std::string path;  // of the device or the socket
  std::string host;  // tcp: an address as digits
  std::uint16_t port = 0;
  friend bool operator==(const TctiAddress&, const TctiAddress&) = default;
};

// The form tpm2-tss and its tools use, as far as it is spoken here: "device:/dev/tpmrm0",
// "swtpm:path=SOCKET", "swtpm:host=127.0.0.1,port=2321" ("localhost", "::1" and other addresses too, but no
// names: nothing is looked up; host is 127.0.0.1 where it is left out). Errors: malformed, unsupported. Pure.
Result<TctiAddress> parse_tcti(std::string_view text);

}  // namespace leafgate::tpm

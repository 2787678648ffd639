#pragma once

#include <span>
#include <string>
#include <string_view>

namespace leafgate::net {

// Where the drop-in of leafgate.socket belongs.
inline constexpr std::string_view socket_drop_in_path = "/etc/systemd/system/leafgate.socket.d/listen.conf";

// That drop-in: lets systemd open these addresses ("0.0.0.0:443", "[::]:8883"), also ports that an
// unprivileged daemon may not bind, and hand them to it. It replaces whatever the unit listened on before.
// "[::]" is for IPv6 alone, as when we bind it (listening.hpp), so that "0.0.0.0" may stand beside it. And as
// there, an address may be one that this machine does not have yet: systemd does not try a failed socket
// again. Addresses with port 0 are left out: systemd refuses them. Source: systemd.socket(5).
[[nodiscard]] std::string socket_drop_in(std::span<const std::string> addresses);

}  // namespace leafgate::net

#pragma once

#include <string>
#include <string_view>

namespace leafgate {

// Tells systemd about this service: "READY=1", "STATUS=...", "STOPPING=1", "WATCHDOG=1". `socket` is the
// value of NOTIFY_SOCKET, empty when not under systemd (then nothing happens). Source: sd_notify(3), datagram
// protocol.
void notify_systemd(std::string_view socket, std::string_view state);

// What is said before a reload, with the moment it begins; "READY=1" ends it. Source: sd_notify(3).
[[nodiscard]] std::string reloading_notice();

}  // namespace leafgate

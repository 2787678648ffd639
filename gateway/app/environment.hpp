#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace leafgate {

// What the process was given by whoever started it. Read once, in main(): nothing below reads the
// environment.
struct Environment {
  std::string notify_socket;     // NOTIFY_SOCKET; empty when not under systemd
  std::vector<int> descriptors;  // listening sockets passed by systemd (LISTEN_FDS of LISTEN_PID)
  std::chrono::microseconds watchdog{
      0};  // WATCHDOG_USEC for this process; 0: nobody waits for a sign of life
};

[[nodiscard]] Environment read_environment();

}  // namespace leafgate

#pragma once

#include <string>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate::serial {

enum class Hold {
  always,  // from start to stop
  window,  // while there is work, and for a look every so often; else it is free for others
};

// One line as the operator describes it.
struct LineConfig {
  // Names the line in proofs (its end, where it is long), logs and commands: 1 to 200 of a-z A-Z 0-9 . _ -
  // and what else paths to devices are made of (/ : + @), for a line without a name is named by its path.
  std::string name;
  std::string path;  // absolute: /dev/serial/by-id/...
  int baud = 115200;
  bool multidrop =
      false;  // RS-485 with several leaves: the driver's direction switch, and time to turn round
  Hold hold = Hold::always;
  Millis look_every{60'000};              // hold = window: between two looks for work
  Millis discover_every{10'000};          // between two searches for new leaves
  std::string lock_folder = "/var/lock";  // of LCK..ttyX; empty: no lock files
};

// malformed: which key, and why.
Result<void> check(const LineConfig& config);

}  // namespace leafgate::serial

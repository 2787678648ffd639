#pragma once

#include <iosfwd>
#include <string>

#include "gateway/app/application.hpp"

namespace leafgate {

// What is done to a state folder while no daemon serves from it: each tells people on `out` what it did, on
// `err` why not.

struct RestoreWish {
  std::string file;
  std::string key_file;  // PEM of the private recovery key
  std::string state_dir;
  bool force = false;  // a store that is there is moved aside
};
[[nodiscard]] Exit restore_state(const RestoreWish& wish, std::ostream& out, std::ostream& err);

struct WipeWish {
  std::string state_dir;
  std::string gateway;  // its name, for the record; empty: unknown
  bool yes = false;     // without it nothing is done
};
[[nodiscard]] Exit wipe_state(const WipeWish& wish, std::ostream& out, std::ostream& err);

}  // namespace leafgate

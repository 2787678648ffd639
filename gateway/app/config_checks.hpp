#pragma once

#include <string>
#include <vector>

#include "gateway/app/config.hpp"

namespace leafgate {

// Two keys that cannot both have what they have; one where its own entries cannot stand together.
struct Collision {
  std::string first;  // "mqtt.listen"
  std::string second;
  std::string text;  // of the mistake
};

// What is right by itself and wrong together: an address that two keys want to listen on, registers that
// nobody approves, labels that become one.
[[nodiscard]] std::vector<Collision> collisions(const Config& config);

// Where leaves are awaited: every address of every `listen` list, each once.
[[nodiscard]] std::vector<std::string> listen_addresses(const Config& config);

// Two configurations side by side: the keys that differ.
struct ConfigChanges {
  std::vector<std::string> live;     // take effect now
  std::vector<std::string> restart;  // need a restart
};
[[nodiscard]] ConfigChanges changes(const Config& now, const Config& next);
// Takes the keys that take effect on reload, and leaves the others as they are.
void take_live_keys(Config& into, const Config& from);

}  // namespace leafgate

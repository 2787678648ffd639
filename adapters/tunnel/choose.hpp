#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "adapters/tunnel/rules.hpp"

namespace leafgate::tunnel {

// What becomes of a connection, by its ClientHello.
enum class Way {
  terminate,  // served here
  refuse,
  service,    // passes to the provisioning service
  hub,        // to a hub that was handed out here
  neighbour,  // to another program on the box
};

// What is known when it is decided.
struct Facts {
  std::string_view server_name;  // lower case; empty when none was sent
  std::string_view address;      // where it comes from
  std::uint16_t port = 0;        // ours
  bool pass_only = false;        // nobody is served at that port
  bool service_up = false;
  bool handed_out = false;  // the name is a hub that was handed out here
};

struct Choice {
  Way way = Way::terminate;
  // Only a source that has a pass goes that way, the others go this one.
  std::optional<Way> without_pass;
  net::Target target;  // whom to dial, unless served or refused here
  net::Reach reach = net::Reach::elsewhere;
  std::string_view why;  // of a refusal, in words
};

// Terminating is the rule, passing through the exception (semantics §6). No name stands for others. Pure.
[[nodiscard]] Choice choose(const Rules& rules, const Facts& facts);

}  // namespace leafgate::tunnel

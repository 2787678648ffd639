#pragma once

#include <cstring>
#include <string>

#include "gateway/net/listening.hpp"

namespace leafgate::serial {

// A file descriptor that is closed with its owner, and may be none.
class Descriptor : public net::OwnedDescriptor {
 public:
  using OwnedDescriptor::OwnedDescriptor;
  [[nodiscard]] bool is_open() const { return get() >= 0; }
};

// "what: the text of errno".
[[nodiscard]] inline std::string describe(const char* what, int why) {
  return std::string(what) + ": " + std::strerror(why);
}

}  // namespace leafgate::serial

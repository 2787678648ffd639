#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/leaf/program/options.hpp"

namespace leafgate::device {

// The way to the gateway: a line of octets, or whole messages of a broker. One thread.
class Carrier {
 public:
  virtual ~Carrier() = default;

  // A frame, or a message. False: it did not go out.
  virtual bool send(std::string_view octets) = 0;
  // Waits up to so many milliseconds for octets or for a message; empty when none came. Comes back by itself
  // after the line or the connection was lost, and says so by is_up().
  virtual std::string receive(int ms) = 0;
  [[nodiscard]] virtual bool is_up() const = 0;
  // Why it is not up, in words.
  [[nodiscard]] virtual std::string trouble() const = 0;
};

std::unique_ptr<Carrier> open_tty(const Options& options);
// Throws std::runtime_error for a URI or files that cannot be used.
std::unique_ptr<Carrier> open_broker(const Options& options);

}  // namespace leafgate::device

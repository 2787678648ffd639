#pragma once

#include "gateway/model/time.hpp"

namespace leafgate {

// Outward: calendar time and what it is worth. Any thread.
class WallClock {
 public:
  virtual ~WallClock() = default;
  [[nodiscard]] virtual WallReading now() const = 0;
};

}  // namespace leafgate

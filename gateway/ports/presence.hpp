#pragma once

#include <atomic>

namespace leafgate {

// The connection an attempt came by, so that whoever proves the same id on another one can end it. An
// endpoint whose wire keeps connections makes one per connection and shares it with its attempts. Any thread.
class Presence {
 public:
  virtual ~Presence() = default;

  // Ends the connection without a word to the leaf (MQTT 3.1.1 §3.1.4 knows none). Once; later calls do
  // nothing.
  void take_over() {
    if (!taken_.exchange(true)) end();
  }
  // True from then on: nothing this connection still asks counts.
  [[nodiscard]] bool taken() const { return taken_; }

 private:
  virtual void end() = 0;  // returns at once

  std::atomic<bool> taken_{false};
};

}  // namespace leafgate

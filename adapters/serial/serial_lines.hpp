#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/serial/line.hpp"

namespace leafgate::serial {

// All serial lines of the gateway: the half of gateway/ports/lines.hpp that is about lines. Made, used and
// destroyed on the first loop, whose context outlives it. One line never waits for another.
class SerialLines {
 public:
  // Gives the device of a line; open_tty of tty_device.hpp in the daemon.
  using DeviceOf = std::function<std::unique_ptr<Device>(const Executor&, const LineConfig&)>;

  // The configurations have passed check(), their names differ. `link` outlives it.
  SerialLines(const Executor& executor, const std::vector<LineConfig>& configs, const DeviceOf& device_of,
              LeafLink& link, const NameOf& name_of);
  SerialLines(const SerialLines&) = delete;
  SerialLines& operator=(const SerialLines&) = delete;

  void start();
  // All devices are given back when this returns; required before destruction once it was started.
  Task<void> stop();

  [[nodiscard]] std::vector<LineFacts> lines() const;
  Task<Result<void>> release(std::string name);
  Task<Result<void>> claim(std::string name);

 private:
  Task<void> run(Line& line);
  [[nodiscard]] Line* find(const std::string& name);

  const Executor executor_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::size_t running_ = 0;
  Wakeup ended_;
};

}  // namespace leafgate::serial

#pragma once

#include <memory>
#include <string>

#include "adapters/serial/byte_port.hpp"
#include "adapters/serial/folder_watch.hpp"
#include "adapters/serial/line_config.hpp"

namespace leafgate::serial {

// A tty by its path, which may be a link that comes and goes with the device. Holds it only with the lock
// file that other programs look at, its flock, and TIOCEXCL; leaves it alone while somebody else has one.
class TtyDevice final : public Device {
 public:
  TtyDevice(const Executor& executor, const LineConfig& config);

  Result<std::unique_ptr<BytePort>> open() override;
  void watch(std::function<void()> changed) override;
  void unwatch() override { watch_.reset(); }

 private:
  const Executor executor_;
  const std::string path_;
  const int baud_;
  const bool multidrop_;
  const std::string lock_folder_;
  std::unique_ptr<FolderWatch> watch_;
  bool told_of_lock_ = false;  // that no lock file can be written
};

[[nodiscard]] std::unique_ptr<Device> open_tty(const Executor& executor, const LineConfig& config);

}  // namespace leafgate::serial

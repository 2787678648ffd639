#include "adapters/serial/tty_device.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#include "adapters/serial/descriptor.hpp"
#include "adapters/serial/lock_file.hpp"
#include "adapters/serial/tty_port.hpp"
#include "adapters/serial/tty_settings.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::serial {
namespace {

// The device itself, behind the links that name it; empty when there is none.
std::string resolve(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr), &std::free);
  return found ? std::string(found.get()) : std::string();
}

Error not_opened(int why) {
  switch (why) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return {Errc::not_found, "no such device"};
    case EBUSY:
      return {Errc::conflict, "held by another program"};
    case EACCES:
    case EPERM:
      return {Errc::refused, describe("opening", why)};
    default:
      return {Errc::internal, describe("opening", why)};
  }
}

}  // namespace

TtyDevice::TtyDevice(const Executor& executor, const LineConfig& config)
    : executor_(executor),
      path_(config.path),
      baud_(config.baud),
      multidrop_(config.multidrop),
      lock_folder_(config.lock_folder) {}

Result<std::unique_ptr<BytePort>> TtyDevice::open() {
  const std::string device = resolve(path_);
  if (device.empty()) return not_opened(errno);
  std::string lock_path;
  if (!lock_folder_.empty()) lock_path = LockFile::path_of(lock_folder_, device);
  // Looked at first: opening alone raises DTR under the program that holds the device.
  if (!lock_path.empty()) {
    const auto holder = LockFile::holder(lock_path);
    if (holder) return held_by(*holder);
  }
  Descriptor descriptor(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor.is_open()) return not_opened(errno);
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0)
    return Error(Errc::conflict, "locked by another program (flock)");
  LockFile lock;
  if (!lock_path.empty()) {
    auto taken = LockFile::take(std::move(lock_path));
    if (taken) {
      lock = std::move(*taken);
    } else if (taken.error().code == Errc::conflict) {
      return taken.error();
    } else if (!std::exchange(told_of_lock_, true)) {
      log::warning("no lock file for a line", {{"path", path_}, {"detail", taken.error().detail}});
    }
  }
  (void)::ioctl(descriptor.get(), TIOCEXCL);
  if (auto set = set_up_tty(descriptor.get(), baud_, multidrop_); !set) {
    (void)::ioctl(descriptor.get(), TIOCNXCL);
    return set.error();
  }
  return std::unique_ptr<BytePort>(
      std::make_unique<TtyPort>(executor_, std::move(descriptor), std::move(lock)));
}

void TtyDevice::watch(std::function<void()> changed) {
  watch_ = std::make_unique<FolderWatch>(executor_, path_, std::move(changed));
}

std::unique_ptr<Device> open_tty(const Executor& executor, const LineConfig& config) {
  return std::make_unique<TtyDevice>(executor, config);
}

}  // namespace leafgate::serial

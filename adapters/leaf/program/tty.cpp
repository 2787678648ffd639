#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "adapters/leaf/program/carrier.hpp"
#include "adapters/leaf/program/clock.hpp"

namespace leafgate::device {
namespace {

constexpr int write_ms = 2000;  // for one frame; a stalled port must not hold the leaf for ever
constexpr unsigned first_tty_pause_ms = 250;
constexpr unsigned longest_tty_pause_ms = 5000;

constexpr std::pair<unsigned, speed_t> speeds[] = {
    {1200, B1200},     {2400, B2400},     {4800, B4800},      {9600, B9600},     {19200, B19200},
    {38400, B38400},   {57600, B57600},   {115200, B115200},  {230400, B230400}, {460800, B460800},
    {500000, B500000}, {921600, B921600}, {1000000, B1000000}};

speed_t speed_of(unsigned baud) {
  for (const auto& [known, speed] : speeds)
    if (known == baud) return speed;
  return B0;
}

// Raw octets, 8N1, no modem lines, and none of them dropped at close (that resets some boards).
bool make_raw(int line, speed_t speed) {
  termios mode{};
  if (::tcgetattr(line, &mode) != 0) return false;
  ::cfmakeraw(&mode);
  mode.c_cflag |= CLOCAL | CREAD;
  mode.c_cflag &= ~static_cast<tcflag_t>(HUPCL | CSTOPB | CRTSCTS);
  mode.c_cc[VMIN] = 0;
  mode.c_cc[VTIME] = 0;
  return ::cfsetspeed(&mode, speed) == 0 && ::tcsetattr(line, TCSANOW, &mode) == 0;
}

class Tty final : public Carrier {
 public:
  Tty(std::string path, speed_t speed) : path_(std::move(path)), speed_(speed) { reopen(); }
  ~Tty() override { close("closed"); }
  Tty(const Tty&) = delete;
  Tty& operator=(const Tty&) = delete;

  bool send(std::string_view octets) override {
    const std::uint32_t begun = now_ms();
    while (line_ >= 0 && !octets.empty()) {
      const auto written = ::write(line_, octets.data(), octets.size());
      if (written > 0) octets.remove_prefix(static_cast<std::size_t>(written));
      if (written < 0 && errno != EAGAIN && errno != EINTR) close(std::strerror(errno));
      if (octets.empty() || line_ < 0) break;
      if (now_ms() - begun > write_ms) return false;
      pollfd ready{line_, POLLOUT, 0};
      ::poll(&ready, 1, 100);
    }
    return octets.empty();
  }

  std::string receive(int ms) override {
    if (line_ < 0 && !reopen()) {
      const int rest = std::min(ms, static_cast<int>(std::min(pause_, 1000U)));
      ::poll(nullptr, 0, std::max(rest, 1));
      return {};
    }
    pollfd ready{line_, POLLIN, 0};
    if (::poll(&ready, 1, ms) <= 0) return {};
    char octets[512];
    const auto got = ::read(line_, octets, sizeof octets);
    if (got > 0) return {octets, static_cast<std::size_t>(got)};
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) close(got == 0 ? "unplugged" : std::strerror(errno));
    return {};
  }

  [[nodiscard]] bool is_up() const override { return line_ >= 0; }
  [[nodiscard]] std::string trouble() const override { return path_ + ": " + trouble_; }

 private:
  bool reopen() {
    const std::uint32_t now = now_ms();
    if (tried_ && now - tried_at_ < pause_) return false;
    pause_ = tried_ ? std::min(2 * pause_, longest_tty_pause_ms) : first_tty_pause_ms;
    tried_ = true;
    tried_at_ = now;
    line_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (line_ < 0) {
      trouble_ = std::strerror(errno);
      return false;
    }
    if (::ioctl(line_, TIOCEXCL) != 0 || !make_raw(line_, speed_)) {
      close(std::strerror(errno));
      return false;
    }
    pause_ = first_tty_pause_ms;
    return true;
  }

  void close(const char* why) {
    if (line_ >= 0) ::close(line_);
    line_ = -1;
    trouble_ = why;
  }

  std::string path_;
  speed_t speed_;
  int line_ = -1;
  std::string trouble_;
  bool tried_ = false;
  std::uint32_t tried_at_ = 0;
  unsigned pause_ = first_tty_pause_ms;
};

}  // namespace

std::unique_ptr<Carrier> open_tty(const Options& options) {
  const speed_t speed = speed_of(options.baud);
  if (speed == B0)
    throw std::runtime_error("--baud " + std::to_string(options.baud) + " is no rate of a serial port");
  return std::make_unique<Tty>(options.tty, speed);
}

}  // namespace leafgate::device

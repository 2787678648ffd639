#include "adapters/serial/tty_settings.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <linux/serial.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "adapters/serial/descriptor.hpp"

namespace leafgate::serial {
namespace {

constexpr std::array<std::pair<int, speed_t>, 19> rates = {{
    {1200, B1200},       {2400, B2400},       {4800, B4800},       {9600, B9600},       {19200, B19200},
    {38400, B38400},     {57600, B57600},     {115200, B115200},   {230400, B230400},   {460800, B460800},
    {500000, B500000},   {576000, B576000},   {921600, B921600},   {1000000, B1000000}, {1152000, B1152000},
    {1500000, B1500000}, {2000000, B2000000}, {3000000, B3000000}, {4000000, B4000000},
}};

const speed_t* speed_of(int baud) {
  for (const auto& [rate, speed] : rates) {
    if (rate == baud) return &speed;
  }
  return nullptr;
}

// The driver switches the transmitter on while it sends.
void switch_direction(int descriptor) {
  serial_rs485 settings{};
  if (::ioctl(descriptor, TIOCGRS485, &settings) != 0) return;
  if ((settings.flags & SER_RS485_ENABLED) != 0) return;  // as the board has it, with its polarity
  settings.flags |= SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
  settings.flags &= ~static_cast<__u32>(SER_RS485_RTS_AFTER_SEND);
  (void)::ioctl(descriptor, TIOCSRS485, &settings);
}

// FTDI adapters hold short reads back for 16 ms otherwise.
void lower_latency(int descriptor) {
  serial_struct settings{};
  if (::ioctl(descriptor, TIOCGSERIAL, &settings) != 0) return;
  constexpr int low_latency = static_cast<int>(ASYNC_LOW_LATENCY);
  if ((settings.flags & low_latency) != 0) return;
  settings.flags |= low_latency;
  (void)::ioctl(descriptor, TIOCSSERIAL, &settings);
}

}  // namespace

bool is_baud(int baud) { return speed_of(baud) != nullptr; }

Result<void> set_up_tty(int descriptor, int baud, bool multidrop) {
  const speed_t* const speed = speed_of(baud);
  if (speed == nullptr) return Error(Errc::unsupported, "no rate of serial ports: " + std::to_string(baud));
  termios settings{};
  if (::tcgetattr(descriptor, &settings) != 0) return Error(Errc::unsupported, describe("not a tty", errno));
  ::cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= ~static_cast<tcflag_t>(HUPCL | CRTSCTS | CSTOPB);
  settings.c_iflag &= ~static_cast<tcflag_t>(IXOFF | INPCK);
  settings.c_cc[VMIN] = 1;  // no octet is EAGAIN, and 0 can only be the end
  settings.c_cc[VTIME] = 0;
  if (::cfsetispeed(&settings, *speed) != 0 || ::cfsetospeed(&settings, *speed) != 0 ||
      ::tcsetattr(descriptor, TCSANOW, &settings) != 0)
    return Error(Errc::unsupported, describe("setting the line", errno));
  termios taken{};
  if (::tcgetattr(descriptor, &taken) != 0 || ::cfgetospeed(&taken) != *speed)
    return Error(Errc::unsupported, "the device does not take this rate: " + std::to_string(baud));
  if (multidrop) switch_direction(descriptor);
  lower_latency(descriptor);
  (void)::tcflush(descriptor, TCIOFLUSH);
  return {};
}

}  // namespace leafgate::serial

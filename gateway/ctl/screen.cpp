#include "gateway/ctl/screen.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace leafgate::ctl {
namespace {

// Alternate screen, no cursor, no wrapping behind the last column; and back.
constexpr std::string_view begin = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view end = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::array deadly{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};

// A signal handler is given nothing, so what it must put back stands here.
struct Terminal {
  int descriptor = -1;
  volatile std::sig_atomic_t is_up = 0;
  termios before{};
  termios during{};
};
Terminal terminal;

// Safe in a signal handler. A terminal that takes nothing for a second has gone.
bool write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(terminal.descriptor, text.data(), text.size());
    if (size > 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) return false;
    pollfd ready{terminal.descriptor, POLLOUT, 0};
    if (::poll(&ready, 1, 1000) == 0) return false;
  }
  return true;
}

void give_back() {
  if (terminal.is_up == 0) return;
  terminal.is_up = 0;
  write_all(end);
  ::tcsetattr(terminal.descriptor, TCSADRAIN, &terminal.before);
}

void die(int number) {
  give_back();
  std::signal(number, SIG_DFL);
  ::raise(number);
}

void catch_deadly(bool on) {
  for (const int number : deadly) std::signal(number, on ? die : SIG_DFL);
}

}  // namespace

Result<std::unique_ptr<Screen>> Screen::open() {
  terminal.descriptor = ::open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (terminal.descriptor < 0 || ::tcgetattr(terminal.descriptor, &terminal.before) != 0) {
    if (terminal.descriptor >= 0) ::close(terminal.descriptor);
    return Error(Errc::unsupported, "there is no terminal to draw on");
  }
  terminal.during = terminal.before;
  terminal.during.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  terminal.during.c_cc[VMIN] = 1;
  terminal.during.c_cc[VTIME] = 0;
  std::unique_ptr<Screen> out(new Screen);
  out->take_up();
  catch_deadly(true);
  return out;
}

Screen::~Screen() {
  give_back();
  catch_deadly(false);
  ::close(terminal.descriptor);
  terminal.descriptor = -1;
}

int Screen::descriptor() const { return terminal.descriptor; }

Screen::Size Screen::size() const {
  winsize told{};
  Size out;
  if (::ioctl(terminal.descriptor, TIOCGWINSZ, &told) != 0 || told.ws_col == 0 || told.ws_row == 0)
    return out;
  out.columns = told.ws_col;
  out.rows = told.ws_row;
  return out;
}

bool Screen::paint(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i < shown_.size() && shown_[i] == lines[i]) continue;
    // Emptied first: behind a full line the cursor stands on its last column.
    text += "\x1b[" + std::to_string(i + 1) + ";1H\x1b[K" + lines[i] + "\x1b[0m";
  }
  if (shown_.size() > lines.size()) text += "\x1b[" + std::to_string(lines.size() + 1) + ";1H\x1b[J";
  shown_ = lines;
  return write_all(text);
}

void Screen::forget() { shown_.clear(); }

void Screen::leave() { give_back(); }

void Screen::take_up() {
  ::tcsetattr(terminal.descriptor, TCSADRAIN, &terminal.during);
  terminal.is_up = 1;
  shown_.clear();
  write_all(begin);
}

}  // namespace leafgate::ctl

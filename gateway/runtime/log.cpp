#include "gateway/runtime/log.hpp"

#include <atomic>
#include <cerrno>
#include <mutex>

#include <poll.h>
#include <unistd.h>

namespace leafgate::log {
namespace {

std::atomic<Level> threshold{Level::info};
static_assert(std::atomic<Level>::is_always_lock_free);

// One after the other: what is free when it is asked for is free until it is written.
std::mutex writing;
std::int64_t lost = 0;  // lines, since the last that was written

// Whoever should read may have stopped (a pipe, a stopped journal): then a write would hold a loop, and with
// it all leaves and the word to stop.
bool is_read() {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
}

// Keeps lines whole: a pipe that has room at all takes so much at once.
void put(const std::string& line) {
  ssize_t written = 0;
  do {
    written = ::write(STDERR_FILENO, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
}

bool on_terminal() {
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  return terminal;
}

void append_escaped(std::string& to, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7f && c != '\\' && c != '"') {
      to += c;
    } else {
      to += "\\x";
      to += hex[octet >> 4U];
      to += hex[octet & 15U];
    }
  }
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" =\"\\") != std::string_view::npos;
}

}  // namespace

void set_level(Level level) { threshold = level; }

std::string escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  append_escaped(escaped, text);
  return escaped;
}

std::string format(Level level, std::string_view text, std::initializer_list<Field> fields,
                   bool with_priority) {
  std::string line;
  line.reserve(128);
  if (with_priority) {
    line += '<';
    line += static_cast<char>('0' + static_cast<int>(level));
    line += '>';
  }
  line += text;
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    const bool quoted = needs_quotes(field.value);
    if (quoted) line += '"';
    append_escaped(line, field.value);
    if (quoted) line += '"';
  }
  line += '\n';
  return line;
}

void write(Level level, std::string_view text, std::initializer_list<Field> fields) {
  if (level > threshold.load(std::memory_order_relaxed)) return;
  const std::string line = format(level, text, fields, !on_terminal());
  const std::lock_guard lock(writing);
  if (lost > 0 && is_read()) {
    put(format(Level::warning, "lines of the log were lost: nobody read them", {{"lines", lost}},
               !on_terminal()));
    lost = 0;
  }
  if (!is_read()) {
    ++lost;
    return;
  }
  put(line);
}

}  // namespace leafgate::log

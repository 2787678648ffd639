#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace leafgate::log {

enum class Level : std::uint8_t {
  error = 3,
  warning = 4,
  notice = 5,
  info = 6,
  debug = 7
};  // syslog numbers

// One variable part of a log line. Values are escaped: control bytes, quotes and bytes outside ASCII never
// reach a terminal raw.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, std::uint64_t v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, int v) : key(k), value(std::to_string(v)) {}
  std::string_view key;
  std::string value;
};

// One event, one line on stderr: "<6>constant lower-case text key=value key=\"value with blanks\"". The
// journald priority prefix is left out on a terminal. Never pass keys, tokens or bodies. Any thread. Waits
// for nobody: lines that nobody reads are lost, and counted in the next that is read.
void write(Level level, std::string_view text, std::initializer_list<Field> fields = {});

inline void error(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::error, text, fields);
}
inline void warning(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::warning, text, fields);
}
inline void notice(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::notice, text, fields);
}
inline void info(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::info, text, fields);
}
inline void debug(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::debug, text, fields);
}

void set_level(Level level);  // at start, before threads
// The line that write() writes.
[[nodiscard]] std::string format(Level level, std::string_view text, std::initializer_list<Field> fields,
                                 bool with_priority);
// Printable ASCII as it is; quotes, backslashes and everything else as \xNN: for text that leaves, hubs and
// certificates say.
[[nodiscard]] std::string escape(std::string_view text);

}  // namespace leafgate::log

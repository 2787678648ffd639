#include "gateway/app/config_heads.hpp"

namespace leafgate {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view bare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

void skip(std::string_view& text, std::string_view characters) {
  const std::size_t end = text.find_first_not_of(characters);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end);
}

// `rest` stands behind the opening brackets. What follows the last part is for the parser to judge.
bool is_readable(std::string_view rest) {
  while (true) {
    skip(rest, blanks);
    if (rest.empty()) return false;
    const char first = rest.front();
    if (first == '"' || first == '\'') {
      const std::size_t end = rest.find(first, 1);
      if (end == std::string_view::npos) return false;
      rest.remove_prefix(end + 1);
    } else {
      const std::size_t before = rest.size();
      skip(rest, bare);
      if (rest.size() == before) return false;
    }
    skip(rest, blanks);
    if (rest.empty() || rest.front() != '.') return true;
    rest.remove_prefix(1);
  }
}

}  // namespace

std::size_t line_of_unreadable_head(std::string_view document) {
  for (std::size_t number = 1; !document.empty(); ++number) {
    const std::size_t end = document.find('\n');
    std::string_view line = document.substr(0, end);
    document.remove_prefix(end == std::string_view::npos ? document.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    skip(line, blanks);
    if (line.empty() || line.front() != '[') continue;
    line.remove_prefix(line.starts_with("[[") ? 2 : 1);
    if (!is_readable(line)) return number;
  }
  return 0;
}

std::size_t line_of_stray_character(std::string_view document) {
  std::size_t line = 1;
  std::string_view closing;  // what ends the string or comment we are in; empty outside of both
  const std::size_t byte_order_mark = document.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // some editors write one
  for (std::size_t at = byte_order_mark; at < document.size(); ++at) {
    const std::string_view rest = document.substr(at);
    const char c = rest.front();
    if (c == '\n') ++line;
    if (!closing.empty()) {
      const bool one_line = closing.size() == 1;
      if (c == '\\' && closing.front() == '"') {
        ++at;  // escapes the next character
        if (at < document.size() && document[at] == '\n') ++line;
      } else if (rest.starts_with(closing) || (one_line && c == '\n')) {
        at += closing.size() - 1;
        closing = {};
      }
    } else if (c == '#') {
      closing = "\n";
    } else if (c == '"' || c == '\'') {
      const std::string_view three = c == '"' ? "\"\"\"" : "'''";
      closing = rest.starts_with(three) ? three : three.substr(0, 1);
      at += closing.size() - 1;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      return line;
    }
  }
  return 0;
}

}  // namespace leafgate

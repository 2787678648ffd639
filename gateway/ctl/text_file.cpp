#include "gateway/ctl/text_file.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

namespace leafgate::ctl {

std::optional<std::string> read_text(const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  // An empty file would set the fail bit of `text`; who asked says what is wrong with it.
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  return in.bad() ? std::nullopt : std::optional<std::string>(text.str());
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

bool looks_like_json(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return first != std::string::npos && (text[first] == '{' || text[first] == '[');
}

}  // namespace leafgate::ctl

#include "tests/standin/paths.hpp"

#include <algorithm>
#include <cctype>

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {

std::vector<std::string> path_of(const std::string& target) {
  std::vector<std::string> segments;
  std::string_view rest = std::string_view(target).substr(0, target.find('?'));
  while (!rest.empty() && rest.front() == '/') {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    segments.push_back(percent_decode(segment).value_or(""));
  }
  return segments;
}

std::string query_value(const std::string& target, std::string_view name) {
  std::string_view rest = target;
  rest.remove_prefix(std::min(rest.size(), rest.find('?')));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(pair.size());
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return percent_decode(pair.substr(equals + 1)).value_or("");
  }
  return {};
}

bool registration_id_valid(const std::string& id) {
  const auto alnum = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  if (id.empty() || id.size() > 128 || !alnum(id.front())) return false;
  if (!alnum(id.back()) && id.back() != '-') return false;
  return std::all_of(id.begin(), id.end(), [&](char c) {
    return alnum(c) || std::string_view("-._:").find(c) != std::string::npos;
  });
}

}  // namespace leafgate::standin

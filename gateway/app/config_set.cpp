#include "gateway/app/config_set.hpp"

#include <algorithm>

namespace leafgate {
namespace {

// Whether `text` is one of "a|b|c".
bool offers(std::string_view choices, std::string_view text) {
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, end) == text) return true;
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return false;
}

// A mistake is told in the journal, the status and the page of the site: a value in which somebody's password
// may stand is not repeated there.
bool may_repeat(const ConfigKey& key, std::string_view text) {
  return !key.discreet && text.find('@') == std::string_view::npos;
}

std::string repeated(const ConfigKey& key, std::string_view text) {
  return may_repeat(key, text) ? quoted(text) + ": " : "";
}

}  // namespace

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string set_value(const ConfigKey& key, std::string& out, const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  if (!text) return "wants a text in quotes";
  if (!key.choices.empty() && !offers(key.choices, *text))
    return "is one of " + std::string(key.choices) + (may_repeat(key, *text) ? ", not " + quoted(*text) : "");
  // Nothing is what a needed key stands with in the file we ship; that it is needed is told at the end.
  const std::string_view problem = key.problem && !text->empty() ? key.problem(*text) : "";
  if (!problem.empty()) return repeated(key, *text) + std::string(problem);
  out = std::string(*text);
  return {};
}

std::string set_value(const ConfigKey& key, std::int64_t& out, const toml::node& node) {
  const auto number = node.value_exact<std::int64_t>();
  if (!number) return "wants a whole number";
  if (*number < key.least || *number > key.most)
    return "is between " + std::to_string(key.least) + " and " + std::to_string(key.most);
  out = *number;
  return {};
}

std::string set_value(const ConfigKey&, bool& out, const toml::node& node) {
  const auto value = node.value_exact<bool>();
  if (!value) return "wants true or false";
  out = *value;
  return {};
}

std::string set_value(const ConfigKey& key, Millis& out, const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  if (!text) return "wants a duration with its unit in quotes, like " + std::string(key.standard);
  const auto duration = parse_duration(*text);
  if (!duration) return quoted(*text) + ": " + duration.error().detail;
  if (duration->count() < key.least || duration->count() > key.most)
    return "is between " + to_text(Millis(key.least)) + " and " + to_text(Millis(key.most));
  out = *duration;
  return {};
}

std::string set_value(const ConfigKey& key, Octets& out, const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  if (!text) return "wants a size with its unit in quotes, like " + std::string(key.standard);
  const auto size = parse_size(*text);
  if (!size) return quoted(*text) + ": " + size.error().detail;
  const auto least = static_cast<std::size_t>(key.least);
  const auto most = static_cast<std::size_t>(key.most);
  if (size->count < least || size->count > most)
    return "is between " + to_text(Octets{least}) + " and " + to_text(Octets{most});
  out = *size;
  return {};
}

std::string set_value(const ConfigKey&, std::vector<ListenAddress>& out, const toml::node& node) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return "wants a list, like [\"0.0.0.0:8883\"]";
  std::vector<ListenAddress> addresses;
  for (const toml::node& element : *list) {
    const auto text = element.value_exact<std::string_view>();
    if (!text) return "wants texts in its list";
    auto address = parse_listen_address(*text);
    if (!address) return quoted(*text) + ": " + address.error().detail;
    for (const ListenAddress& before : addresses)
      if (collide(before, *address)) {
        const std::string other = to_text(before);
        return quoted(*text) +
               (before == *address ? " stands there twice" : " cannot be listened on beside " + other);
      }
    addresses.push_back(std::move(*address));
  }
  out = std::move(addresses);
  return {};
}

std::string set_value(const ConfigKey& key, std::vector<std::string>& out, const toml::node& node) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return "wants a list of texts";
  std::vector<std::string> texts;
  for (const toml::node& element : *list) {
    const auto text = element.value_exact<std::string_view>();
    if (!text) return "wants texts in its list";
    const std::string_view problem = text->empty() ? "stands there empty" : key.problem(*text);
    if (!problem.empty()) return repeated(key, *text) + std::string(problem);
    texts.emplace_back(*text);
  }
  out = std::move(texts);
  return {};
}

std::string set_value(const ConfigKey& key, std::vector<std::int64_t>& out, const toml::node& node) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return "wants a list of whole numbers";
  std::vector<std::int64_t> numbers;
  for (const toml::node& element : *list) {
    std::int64_t number = 0;
    const std::string problem = set_value(key, number, element);
    if (!problem.empty()) return problem;
    if (std::find(numbers.begin(), numbers.end(), number) != numbers.end())
      return std::to_string(number) + " stands there twice";
    numbers.push_back(number);
  }
  out = std::move(numbers);
  return {};
}

std::string set_value(const ConfigKey& key, std::map<std::string, std::string>& out, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return "wants a table of texts, like { line = \"A\" }";
  std::map<std::string, std::string> entries;
  for (const auto& [name, value] : *table) {
    const auto text = value.value_exact<std::string_view>();
    if (!text) return "wants texts in its table";
    std::string_view problem = key.name_problem ? key.name_problem(name.str()) : "";
    if (!problem.empty()) return quoted(name.str()) + ": " + std::string(problem);
    problem = key.problem ? key.problem(*text) : "";
    if (!problem.empty()) return repeated(key, *text) + std::string(problem);
    entries.emplace(std::string(name.str()), std::string(*text));
  }
  out = std::move(entries);
  return {};
}

}  // namespace leafgate

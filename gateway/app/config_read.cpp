#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>

// toml++ 3.3 checks the first character of a name by assertion alone: "[#gateway]" would end the program, and
// be undefined without assertions. Here it becomes a mistake like any other.
namespace leafgate {
[[noreturn]] static void refuse_document() { throw std::logic_error("an assertion of toml++"); }
}  // namespace leafgate
#undef NDEBUG
#define TOML_EXCEPTIONS 1
#define TOML_ASSERT(condition) ((condition) ? void() : leafgate::refuse_document())
#include <toml++/toml.h>

#include "gateway/app/config_checks.hpp"
#include "gateway/app/config_heads.hpp"
#include "gateway/app/config_keys.hpp"

namespace leafgate {
namespace {

constexpr std::uintmax_t largest_file = 1 << 20;

std::string name_of(const ConfigKey& key) { return std::string(key.section) + "." + std::string(key.name); }

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Whether `text` is one of "a|b|c".
bool offers(std::string_view choices, std::string_view text) {
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, end) == text) return true;
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return false;
}

// Takes documents into a Config and collects what is wrong with them.
class Reader {
 public:
  Config config;
  std::vector<ConfigError> errors;

  void take(const std::string& file, std::string_view text) {
    file_ = file;
    seen_in_this_file_.clear();
    if (const std::size_t line = line_of_unreadable_head(text); line != 0)
      return fail_file(
          file, "is no TOML: a section's name begins with a letter, a digit, _ or -, or stands in quotes",
          line);
    if (const std::size_t line = line_of_stray_character(text); line != 0)
      return fail_file(file, "is no TOML: characters outside ASCII stand in quotes or comments", line);
    try {
      const toml::table document = toml::parse(text, file);
      const auto before = static_cast<std::ptrdiff_t>(errors.size());
      for (const auto& [key, node] : document) take_section(key, node);  // in order of name
      std::stable_sort(errors.begin() + before, errors.end(),
                       [](const ConfigError& a, const ConfigError& b) { return a.line < b.line; });
    } catch (const toml::parse_error& error) {
      something_unread_ = true;
      fail(error.source(), std::string(error.description()));
    } catch (const std::logic_error&) {
      fail_file(file,
                "is no TOML: a name begins with a character that has to stand in quotes");  // of a dotted key
    }
  }

  // The built-in document. Its keys stand nowhere: a reader is copied for each load.
  void take_defaults() {
    take("defaults", config_document(true));
    places_.clear();
  }

  void require_what_is_needed(const std::string& file) {
    if (something_unread_) return;  // it may well stand there
    for (const ConfigKey& key : config_keys()) {
      const auto* member = std::get_if<std::string Config::*>(&key.member);
      if (!key.needed || member == nullptr || !(config.**member).empty()) continue;
      const std::string name = name_of(key);
      const auto complained = [&](const ConfigError& error) { return error.text.starts_with(name + " "); };
      if (std::none_of(errors.begin(), errors.end(), complained))
        errors.push_back({file, 0, name + " is needed: " + std::string(key.help)});
    }
  }

  void check_together() {
    for (const Collision& collision : collisions(config)) {
      // Of the two, the one that somebody wrote; the later one when both are.
      const bool second_is_default = !places_.contains(collision.second);
      const Place& where = places_[second_is_default ? collision.first : collision.second];
      errors.push_back({where.file, where.line, collision.text});
    }
  }

  // Nothing of the file was taken.
  void fail_file(const std::string& file, std::string text, std::size_t line = 0) {
    something_unread_ = true;
    errors.push_back({file, line, std::move(text)});
  }

 private:
  void fail(const toml::source_region& where, std::string text) {
    errors.push_back({file_, where.begin.line, std::move(text)});
  }

  void fail_unknown(const toml::source_region& where, const std::string& what, const std::string& nearest) {
    fail(where, what + " is not known" + (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }

  void take_section(const toml::key& section, const toml::node& node) {
    const toml::table* keys = node.as_table();
    if (is_config_of_later(section.str(), ""))
      return fail(section.source(), "[" + std::string(section.str()) + "] is not part of this version");
    if (!is_config_section(section.str()))
      return fail_unknown(section.source(),
                          std::string(keys ? "[" : "") + std::string(section.str()) + (keys ? "]" : ""),
                          nearest_config_key(section.str(), ""));
    if (keys == nullptr)
      return fail(section.source(),
                  std::string(section.str()) + " is a section: [" + std::string(section.str()) + "]");
    for (const auto& [name, value] : *keys) {
      const std::string full = std::string(section.str()) + "." + std::string(name.str());
      if (is_config_list(full))
        take_list(full, name, value);
      else
        take_key(section.str(), name, value, nullptr);
    }
  }

  // [[tls.extra]]: each of its sections is one element.
  void take_list(const std::string& list, const toml::key& name, const toml::node& node) {
    const toml::array* elements = node.as_array();
    const bool sections = elements != nullptr && std::all_of(elements->begin(), elements->end(),
                                                             [](const auto& e) { return e.is_table(); });
    if (!sections) return fail(name.source(), list + " is a list of sections: [[" + list + "]]");
    for (const toml::node& element : *elements) {
      CertificatePair pair;
      const std::size_t mistakes = errors.size();
      for (const auto& [key, value] : *element.as_table()) take_key(list, key, value, &pair);
      const bool fine = errors.size() == mistakes;
      for (const ConfigKey& key : config_keys()) {
        const auto* member = std::get_if<std::string CertificatePair::*>(&key.member);
        if (fine && key.section == list && member != nullptr && (pair.**member).empty())
          fail(element.source(), name_of(key) + " is needed in each [[" + list + "]]");
      }
      if (errors.size() == mistakes) keep(std::move(pair), element.source());
    }
  }

  // A name of a file read before is taken over, a new one is added.
  void keep(CertificatePair pair, const toml::source_region& where) {
    if (!seen_in_this_file_.insert(pair.server_name).second)
      return fail(where, "tls.extra.server_name " + quoted(std::string_view(pair.server_name)) +
                             " stands there twice");
    const auto same = [&](const CertificatePair& other) { return other.server_name == pair.server_name; };
    const auto known = std::find_if(config.tls_extra.begin(), config.tls_extra.end(), same);
    if (known == config.tls_extra.end())
      config.tls_extra.push_back(std::move(pair));
    else
      *known = std::move(pair);
  }

  void take_key(std::string_view section, const toml::key& name, const toml::node& value,
                CertificatePair* element) {
    const std::string full = std::string(section) + "." + std::string(name.str());
    const ConfigKey* key = find_config_key(section, name.str());
    if (key != nullptr) return take_value(*key, value, element);
    if (is_config_of_later(section, name.str()))
      return fail(name.source(), full + " is not part of this version");
    fail_unknown(name.source(), full, nearest_config_key(section, name.str()));
  }

  void take_value(const ConfigKey& key, const toml::node& node, CertificatePair* element) {
    places_[name_of(key)] = Place{file_, node.source().begin.line};
    const auto set_at = [&](auto member) {
      if constexpr (std::is_same_v<decltype(member), std::string CertificatePair::*>)
        return set(key, element->*member, node);
      else
        return set(key, config.*member, node);
    };
    const std::string problem = std::visit(set_at, key.member);
    if (!problem.empty()) fail(node.source(), name_of(key) + " " + problem);
  }

  // Each gives what is wrong, or nothing.
  static std::string set(const ConfigKey& key, std::string& out, const toml::node& node) {
    const auto text = node.value_exact<std::string_view>();
    if (!text) return "wants a text in quotes";
    if (!key.choices.empty() && !offers(key.choices, *text))
      return "is one of " + std::string(key.choices) + ", not " + quoted(*text);
    // Nothing is what a needed key stands with in the file we ship; that it is needed is told at the end.
    const std::string_view problem = key.problem && !text->empty() ? key.problem(*text) : "";
    if (!problem.empty()) return (key.discreet ? "" : quoted(*text) + ": ") + std::string(problem);
    out = std::string(*text);
    return {};
  }

  static std::string set(const ConfigKey& key, std::int64_t& out, const toml::node& node) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number) return "wants a whole number";
    if (*number < key.least || *number > key.most)
      return "is between " + std::to_string(key.least) + " and " + std::to_string(key.most);
    out = *number;
    return {};
  }

  static std::string set(const ConfigKey& key, Millis& out, const toml::node& node) {
    const auto text = node.value_exact<std::string_view>();
    if (!text) return "wants a duration with its unit in quotes, like " + std::string(key.standard);
    const auto duration = parse_duration(*text);
    if (!duration) return quoted(*text) + ": " + duration.error().detail;
    if (duration->count() < key.least || duration->count() > key.most)
      return "is between " + to_text(Millis(key.least)) + " and " + to_text(Millis(key.most));
    out = *duration;
    return {};
  }

  static std::string set(const ConfigKey& key, Octets& out, const toml::node& node) {
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

  static std::string set(const ConfigKey&, std::vector<ListenAddress>& out, const toml::node& node) {
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

  static std::string set(const ConfigKey& key, std::vector<std::string>& out, const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr) return "wants a list of texts";
    std::vector<std::string> texts;
    for (const toml::node& element : *list) {
      const auto text = element.value_exact<std::string_view>();
      if (!text) return "wants texts in its list";
      const std::string_view problem = text->empty() ? "stands there empty" : key.problem(*text);
      if (!problem.empty()) return quoted(*text) + ": " + std::string(problem);
      texts.emplace_back(*text);
    }
    out = std::move(texts);
    return {};
  }

  static std::string set(const ConfigKey&, std::map<std::string, std::string>& out, const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return "wants a table of texts, like { line = \"A\" }";
    std::map<std::string, std::string> entries;
    for (const auto& [name, value] : *table) {
      const auto text = value.value_exact<std::string_view>();
      if (!text) return "wants texts in its table";
      entries.emplace(std::string(name.str()), std::string(*text));
    }
    out = std::move(entries);
    return {};
  }

  struct Place {
    std::string file;
    std::size_t line = 0;
  };
  std::string file_;
  bool something_unread_ = false;
  std::map<std::string, Place> places_;      // of every key that a file set, where it was set last
  std::set<std::string> seen_in_this_file_;  // names of [[tls.extra]]
};

void take_file(Reader& reader, const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return reader.fail_file(path.string(), "cannot be read: " + error.message());
  if (size > largest_file) return reader.fail_file(path.string(), "is larger than 1 MiB");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (size > 0) text << in.rdbuf();
  if (!in)
    return reader.fail_file(path.string(), "cannot be read: " + std::generic_category().message(errno));
  reader.take(path.string(), text.str());
}

// A folder that is there and cannot be read is a mistake: what stands in it would be left out without a word.
std::vector<std::filesystem::path> drop_ins_of(Reader& reader, const std::filesystem::path& file) {
  std::filesystem::path folder = file;
  folder.replace_extension(".d");
  std::vector<std::filesystem::path> out;
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(folder, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error))
    if (at->path().extension() == ".toml") out.push_back(at->path());
  if (error && error != std::errc::no_such_file_or_directory)
    reader.fail_file(folder.string(), "cannot be read: " + error.message());
  std::sort(out.begin(), out.end());
  return out;
}

// They are the same for every load: their document is read once.
Reader knowing_the_defaults() {
  static const Reader reader = [] {
    Reader fresh;
    fresh.take_defaults();
    return fresh;
  }();
  return reader;
}

std::variant<Config, std::vector<ConfigError>> outcome(Reader& reader, const std::string& file) {
  reader.require_what_is_needed(file);
  reader.check_together();
  if (!reader.errors.empty()) return std::move(reader.errors);
  return std::move(reader.config);
}

}  // namespace

std::variant<Config, std::vector<ConfigError>> load_config(const std::filesystem::path& file) {
  Reader reader = knowing_the_defaults();
  take_file(reader, file);
  for (const auto& drop_in : drop_ins_of(reader, file)) take_file(reader, drop_in);
  return outcome(reader, file.string());
}

std::variant<Config, std::vector<ConfigError>> read_config(const std::string& name, std::string_view text) {
  Reader reader = knowing_the_defaults();
  reader.take(name, text);
  return outcome(reader, name);
}

}  // namespace leafgate

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "gateway/app/config_checks.hpp"
#include "gateway/app/config_heads.hpp"
#include "gateway/app/config_keys.hpp"
#include "gateway/app/config_set.hpp"

namespace leafgate {
namespace {

constexpr std::uintmax_t largest_file = 1 << 20;

// What the elements of a list are told apart by.
const std::string& name_of(const CertificatePair& pair) { return pair.server_name; }
const std::string& name_of(const TunnelRoute& route) { return route.server_name; }
const std::string& name_of(const SerialSection& line) { return line.name; }
template <class Element>
std::string_view name_key(const Element&) {
  return std::is_same_v<Element, SerialSection> ? "name" : "server_name";
}
// A line without a name has that of its device.
template <class Element>
void complete(Element& element) {
  if constexpr (std::is_same_v<Element, SerialSection>)
    if (element.name.empty()) element.name = element.path;
}

std::string name_of(const ConfigKey& key) { return std::string(key.section) + "." + std::string(key.name); }

// What the file with all keys says of it, but for that it is needed.
std::string_view what_it_is(const ConfigKey& key) {
  constexpr std::string_view needed = "; needed";
  std::string_view out = key.help;
  if (out.ends_with(needed)) out.remove_suffix(needed.size());
  return out;
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

  // The built-in document. Its keys and sections stand nowhere: a reader is copied for each load.
  void take_defaults() {
    take("defaults", config_document(true));
    places_.clear();
    config.tunnel = false;
  }

  void require_what_is_needed(const std::string& file) {
    if (something_unread_) return;  // it may well stand there
    for (const ConfigKey& key : config_keys()) {
      const auto* member = std::get_if<std::string Config::*>(&key.member);
      if (!key.needed || member == nullptr || !(config.**member).empty()) continue;
      const std::string name = name_of(key);
      const auto complained = [&](const ConfigError& error) { return error.text.starts_with(name + " "); };
      if (std::none_of(errors.begin(), errors.end(), complained))
        errors.push_back({file, 0, name + " is needed: " + std::string(what_it_is(key))});
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
    if (is_config_list(section.str()) && section.str() == "serial")
      return take_list(std::string(section.str()), section, node, config.serial);
    const toml::table* keys = node.as_table();
    if (!is_config_section(section.str())) {
      const std::string name(section.str());
      if (keys != nullptr || node.is_array())
        return fail_unknown(section.source(), keys ? "[" + name + "]" : name, nearest_config_key(name, ""));
      return fail_unknown(section.source(), name, nearest_config_key("", name));
    }
    if (keys == nullptr)
      return fail(section.source(),
                  std::string(section.str()) + " is a section: [" + std::string(section.str()) + "]");
    if (section.str() == "tunnel") config.tunnel = true;
    for (const auto& [name, value] : *keys) {
      const std::string full = std::string(section.str()) + "." + std::string(name.str());
      if (full == "tls.extra")
        take_list(full, name, value, config.tls_extra);
      else if (full == "tunnel.route")
        take_list(full, name, value, config.tunnel_routes);
      else
        take_key<NoElement>(section.str(), name, value, nullptr);
    }
  }

  struct NoElement {};  // of a key that stands in no list

  // [[tls.extra]]: each of its sections is one element.
  template <class Element>
  void take_list(const std::string& list, const toml::key& name, const toml::node& node,
                 std::vector<Element>& into) {
    const toml::array* elements = node.as_array();
    const bool sections = elements != nullptr && std::all_of(elements->begin(), elements->end(),
                                                             [](const auto& e) { return e.is_table(); });
    if (!sections) return fail(name.source(), list + " is a list of sections: [[" + list + "]]");
    for (const toml::node& element : *elements) {
      Element taken;
      const std::size_t mistakes = errors.size();
      for (const auto& [key, value] : *element.as_table()) take_key(list, key, value, &taken);
      const bool fine = errors.size() == mistakes;
      for (const ConfigKey& key : config_keys()) {
        const auto* member = std::get_if<std::string Element::*>(&key.member);
        const bool is_needed = key.needed && key.section == list && member != nullptr;
        if (fine && is_needed && (taken.**member).empty())
          fail(element.source(), name_of(key) + " is needed in each [[" + list + "]]");
      }
      complete(taken);
      if (errors.size() == mistakes) keep(list, std::move(taken), element.source(), into);
    }
  }

  // A name of a file read before is taken over, a new one is added.
  template <class Element>
  void keep(const std::string& list, Element taken, const toml::source_region& where,
            std::vector<Element>& into) {
    const std::string name = name_of(taken);
    if (!seen_in_this_file_.insert(list + " " + name).second)
      return fail(where, list + "." + std::string(name_key(taken)) + " " + quoted(std::string_view(name)) +
                             " stands there twice");
    const auto same = [&](const Element& other) { return name_of(other) == name; };
    const auto known = std::find_if(into.begin(), into.end(), same);
    if (known == into.end())
      into.push_back(std::move(taken));
    else
      *known = std::move(taken);
  }

  template <class Element>
  void take_key(std::string_view section, const toml::key& name, const toml::node& value, Element* element) {
    const std::string full = std::string(section) + "." + std::string(name.str());
    const ConfigKey* key = find_config_key(section, name.str());
    if (key != nullptr) return take_value(*key, value, element);
    fail_unknown(name.source(), full, nearest_config_key(section, name.str()));
  }

  template <class Element>
  void take_value(const ConfigKey& key, const toml::node& node, Element* element) {
    places_[name_of(key)] = Place{file_, node.source().begin.line};
    const auto set_at = [&](auto member) {
      if constexpr (requires { element->*member; })
        return set_value(key, element->*member, node);
      else if constexpr (requires { config.*member; })
        return set_value(key, config.*member, node);
      else
        return std::string();  // a key of another list: its section was not this one
    };
    const std::string problem = std::visit(set_at, key.member);
    if (!problem.empty()) fail(node.source(), name_of(key) + " " + problem);
  }

  struct Place {
    std::string file;
    std::size_t line = 0;
  };
  std::string file_;
  bool something_unread_ = false;
  std::map<std::string, Place> places_;      // of every key that a file set, where it was set last
  std::set<std::string> seen_in_this_file_;  // names of [[tls.extra]], [[tunnel.route]] and [[serial]]
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

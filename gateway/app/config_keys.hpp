#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/app/config.hpp"

namespace leafgate {

// Where a value goes; the type of the member is the type of the key.
using ConfigMember =
    std::variant<std::string Config::*, std::int64_t Config::*, Millis Config::*, Octets Config::*,
                 std::vector<ListenAddress> Config::*, std::vector<std::string> Config::*,
                 std::vector<std::int64_t> Config::*, std::map<std::string, std::string> Config::*,
                 std::string CertificatePair::*, std::string TunnelRoute::*, std::string SerialSection::*,
                 std::int64_t SerialSection::*, bool SerialSection::*, Millis SerialSection::*>;

// A row of the table of keys: all that is known about one.
struct ConfigKey {
  std::string_view section;  // "tls.extra" of a key that stands in [[tls.extra]]
  std::string_view name;
  ConfigMember member;
  std::string_view standard;  // the default, as TOML writes it
  std::string_view help;      // one line for config/leafgate.toml
  std::int64_t least = 0;     // bounds of numbers (also in lists), of durations in ms, of sizes in octets
  std::int64_t most = 0;
  std::string_view choices = {};                                 // "relay|refuse"; empty: any text
  std::string_view (*problem)(std::string_view) = nullptr;       // a further check of a text
  std::string_view (*name_problem)(std::string_view) = nullptr;  // and of the names in a table of texts
  bool needed = false;                                           // may not stay empty
  bool live = false;                                             // takes effect on reload, else on restart
  bool discreet = false;  // a wrong value is not repeated: it may be secret
};

[[nodiscard]] std::span<const ConfigKey> config_keys();
[[nodiscard]] const ConfigKey* find_config_key(std::string_view section, std::string_view name);
[[nodiscard]] bool is_config_section(std::string_view section);
// Whether all it brings is off until the section stands in a file, even empty.
[[nodiscard]] bool is_config_section_off(std::string_view section);
// Whether "tls.extra" is a list of sections, [[tls.extra]]; so is "serial", which lies in no other section.
[[nodiscard]] bool is_config_list(std::string_view name);

// The known key, or section when `name` is empty, that looks most like this one: "service.host", "tls.extra",
// or empty when none does. A name above every section (`section` is empty) may be that of a key in any.
[[nodiscard]] std::string nearest_config_key(std::string_view section, std::string_view name);

// The text of config/leafgate.toml: each key a line with its default and its meaning. With `active` the lines
// are not commented out: the defaults as a document.
[[nodiscard]] std::string config_document(bool active);

}  // namespace leafgate

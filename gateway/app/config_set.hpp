#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/app/config_keys.hpp"
#include "gateway/app/config_toml.hpp"

namespace leafgate {

[[nodiscard]] std::string quoted(std::string_view text);

// Takes a value as TOML has it to where its key belongs, within the key's bounds. Each gives what is wrong,
// or nothing; then the value is taken. Pure.
[[nodiscard]] std::string set_value(const ConfigKey& key, std::string& out, const toml::node& node);
[[nodiscard]] std::string set_value(const ConfigKey& key, std::int64_t& out, const toml::node& node);
[[nodiscard]] std::string set_value(const ConfigKey& key, bool& out, const toml::node& node);
[[nodiscard]] std::string set_value(const ConfigKey& key, Millis& out, const toml::node& node);
[[nodiscard]] std::string set_value(const ConfigKey& key, Octets& out, const toml::node& node);
[[nodiscard]] std::string set_value(const ConfigKey&, std::vector<ListenAddress>& out,
                                    const toml::node& node);
[[nodiscard]] std::string set_value(const ConfigKey& key, std::vector<std::string>& out,
                                    const toml::node& node);
[[nodiscard]] std::string set_value(const ConfigKey& key, std::vector<std::int64_t>& out,
                                    const toml::node& node);
[[nodiscard]] std::string set_value(const ConfigKey& key, std::map<std::string, std::string>& out,
                                    const toml::node& node);

}  // namespace leafgate

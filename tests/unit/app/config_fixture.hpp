#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/app/config.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate {

inline const std::string least_document =
    "[gateway]\nid_scope = \"0ne00ABCDEF\"\n[tls]\ncertificate = \"/c.pem\"\nkey = \"/k.pem\"\n";

// A configuration file and its drop-ins in a folder of their own.
struct ConfigTest : testing::Test {
  TemporaryFolder folder;
  std::filesystem::path file = folder.path() + "/leafgate.toml";

  static void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void drop_in(const std::string& name, const std::string& text) const {
    write(folder.path() + "/leafgate.d/" + name, text);
  }

  Config good(const std::string& more = "") {
    write(file, least_document + more);
    auto loaded = load_config(file);
    if (const auto* errors = std::get_if<1>(&loaded)) {
      ADD_FAILURE() << errors->front().to_text();
      return {};
    }
    return std::get<Config>(loaded);
  }
  // The complaints, each as "line: text".
  std::vector<std::string> complaints(const std::string& text) {
    write(file, text);
    auto loaded = load_config(file);
    std::vector<std::string> out;
    if (const auto* errors = std::get_if<1>(&loaded))
      for (const ConfigError& error : *errors) out.push_back(std::to_string(error.line) + ": " + error.text);
    return out;
  }
};

}  // namespace leafgate

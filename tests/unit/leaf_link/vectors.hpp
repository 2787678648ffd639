#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace leafgate::leaf_link {

using Octets = std::string;

inline Octets unhex(std::string_view hex) {
  Octets out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

inline std::string hex(std::string_view octets) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char octet : octets) {
    out.push_back(digits[static_cast<unsigned char>(octet) >> 4U]);
    out.push_back(digits[static_cast<unsigned char>(octet) & 15U]);
  }
  return out;
}

// tests/vectors/leaf_link.json.
inline const nlohmann::json& vectors() {
  static const nlohmann::json read = [] {
    std::ifstream file(LEAFGATE_VECTORS);
    return nlohmann::json::parse(file);
  }();
  return read;
}

inline Octets vector_of(std::string_view name) {
  return unhex(vectors().at(std::string(name)).get<std::string>());
}

// One message of a conversation, such as "x509-240".
inline Octets message_of(const std::string& conversation, const std::string& name) {
  return unhex(vectors().at("conversations").at(conversation).at(name).get<std::string>());
}

}  // namespace leafgate::leaf_link

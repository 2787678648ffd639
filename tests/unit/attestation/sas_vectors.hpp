#pragma once

#include <array>
#include <string>
#include <string_view>

namespace leafgate::test {

// Test vectors computed with Python's hmac (device protocol sheet §3.3): one resource in every spelling that
// an SDK uses. se = 1893456000 (2030-01-01), scope 0ne00ABCDEF.
inline constexpr std::string_view group_key =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
inline constexpr std::string_view key_of_edge_device_01 = "qmMQ0vR8lfFpX3Ql9S3N23Cb8C9o242vhSnKAWPkvg4=";
inline constexpr std::string_view key_of_line_7 = "vXyjCN9WmXMXNP2l7VNnSTiDmhM0NRJgA4O54l2sQbY=";
inline constexpr std::int64_t vector_expiry = 1'893'456'000;

struct SasVector {
  std::string_view style;
  std::string_view id;
  std::string_view key;
  std::string_view sr;   // as sent
  std::string_view sig;  // as sent
};

inline constexpr auto sas_vectors = std::to_array<SasVector>({
    {"upper: Python, C#, Node with TPM", "edge-device-01", key_of_edge_device_01,
     "0ne00ABCDEF%2Fregistrations%2Fedge-device-01", "ZZj0vSHGw%2F9Se7exyvNB%2BVKaIN%2BjlwsbUykMBurSwSI%3D"},
    {"lower: C", "edge-device-01", key_of_edge_device_01, "0ne00ABCDEF%2fregistrations%2fedge-device-01",
     "gW1SDWmuhsj7DPkVWXUVFgNrF9mOIg7kV8Ao9iyoW44%3d"},
    {"raw: Node, Java", "edge-device-01", key_of_edge_device_01, "0ne00ABCDEF/registrations/edge-device-01",
     "0XiwVc7qOjgxiTFLEfTLViqf6ZCwbeihPIMyDESeGbQ%3D"},
    {"raw and lower-cased: iot-identity-service", "edge-device-01", key_of_edge_device_01,
     "0ne00abcdef/registrations/edge-device-01", "fi672Imza1SiXveRnSpSBLYG55QjLJnWi5Tz%2FcgNMHg%3D"},
    {"upper with ':'", "line:7_a.b-09", key_of_line_7, "0ne00ABCDEF%2Fregistrations%2Fline%3A7_a.b-09",
     "wdWdSF8yeQq9jeY8ZIwo%2FOhZswSXHsYrYrC4bb3PeQE%3D"},
    {"lower with ':'", "line:7_a.b-09", key_of_line_7, "0ne00ABCDEF%2fregistrations%2fline%3a7_a.b-09",
     "WzsVgsjPCmjwqa%2bv3PEu9ounhoUpoRDmdsY2%2bCS8xyU%3d"},
    {"mixed: Embedded C", "line:7_a.b-09", key_of_line_7, "0ne00ABCDEF%2fregistrations%2fline%3A7_a.b-09",
     "XR2Fts0jAzO3Q8p0BBMFpwKzL2owqdAFAsWFNOOTs6U%3D"},
    {"raw with ':'", "line:7_a.b-09", key_of_line_7, "0ne00ABCDEF/registrations/line:7_a.b-09",
     "%2FQxEeR5JcGUQH6V7La4leoNVfUjzvokCQulNwC9hd1g%3D"},
});

// In the order of `order`, a letter each: r = sr, g = sig, e = se, n = skn=registration, - = skn= (empty).
inline std::string token_of(const SasVector& vector, std::string_view order = "rgen") {
  std::string out = "SharedAccessSignature ";
  for (const char field : order) {
    if (out.back() != ' ') out += '&';
    if (field == 'r') out += "sr=" + std::string(vector.sr);
    if (field == 'g') out += "sig=" + std::string(vector.sig);
    if (field == 'e') out += "se=" + std::to_string(vector_expiry);
    if (field == 'n') out += "skn=registration";
    if (field == '-') out += "skn=";
  }
  return out;
}

}  // namespace leafgate::test

#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fakes/hex_octets.hpp"

// Messages of the leaf link put together by hand, without the writer that is tested: all of it is hex.
namespace leafgate::leaf_octets {

inline Bytes octets(std::string_view hex) { return hex_octets(hex); }

inline std::string times(std::size_t count, std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += hex;
  return out;
}

// A head of this major type in its shortest form.
inline std::string head(unsigned major, std::size_t value) {
  char text[32];
  if (value < 24)
    std::snprintf(text, sizeof text, "%02zx", major * 32 + value);
  else if (value < 256)
    std::snprintf(text, sizeof text, "%02x%02zx", major * 32 + 24, value);
  else
    std::snprintf(text, sizeof text, "%02x%04zx", major * 32 + 25, value);
  return text;
}
inline std::string blob(std::size_t size, std::string_view octet = "ab") {
  return head(2, size) + times(size, octet);
}
inline std::string text(std::size_t size) { return head(3, size) + times(size, "61"); }

using Entries = std::vector<std::string>;

inline std::string map(const Entries& entries) {
  std::string out = head(5, entries.size());
  for (const std::string& entry : entries) out += entry;
  return out;
}
// [type, 7, body]
inline std::string message(unsigned type, const Entries& entries) {
  return "83" + head(0, type) + "07" + map(entries);
}

inline const std::string id = "01656465762d37";  // 1: "dev-7"
inline const std::string by_key = "0201";        // 2: symmetricKey
inline const std::string by_certificate = "0202";
inline const std::string by_tpm = "0203";
inline const std::string nonce = "0350" + times(16, "5a");  // 3: h'5a..'
inline const std::string chain = "06814401020304";          // 6: [h'01020304']
inline const std::string thumbprint = "075820" + times(32, "77");
inline const std::string ek = "0843656b31";   // 8: 'ek1'
inline const std::string srk = "094373726b";  // 9: 'srk'
inline const std::string tag = "5820" + times(32, "cc");

inline const std::string good_key_register = message(1, {id, by_key, nonce});
inline const std::string good_certificate_register = message(1, {id, by_certificate, nonce, "0418f0", chain,
                                                                 "0a82263901"
                                                                 "00",
                                                                 "0bf5"});
inline const std::string good_tpm_register = message(1, {id, by_tpm, nonce, ek, srk});
inline const std::string good_mac_proof = message(3, {"018443a10105a0f6" + tag});
inline const std::string good_signature_proof = message(3, {"018443a10126a0f642beef"});
inline const std::string good_token_proof = message(3, {"02" + tag});
inline const std::string good_poll = message(5, {"0163352e61"});  // 1: "5.a"
inline const std::string good_signature = message(9, {"0142beef"});
inline const std::string no_signature = message(9, {});

inline std::vector<std::string> all_good() {
  return {good_key_register,    good_certificate_register, good_tpm_register, good_mac_proof,
          good_signature_proof, good_token_proof,          good_poll,         good_signature,
          no_signature};
}

}  // namespace leafgate::leaf_octets

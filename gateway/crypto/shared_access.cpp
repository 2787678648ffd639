#include "gateway/crypto/shared_access.hpp"

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::crypto {

std::string shared_access_signature(std::string_view resource, ByteView key, WallTime expires,
                                    std::string_view key_name) {
  const std::string sr = percent_encode(resource);
  const std::string se = std::to_string(std::chrono::floor<Seconds>(expires).time_since_epoch().count());
  const auto mac = hmac_sha256(key, as_bytes(sr + "\n" + se));
  std::string token =
      "SharedAccessSignature sr=" + sr + "&sig=" + percent_encode(base64::encode(mac)) + "&se=" + se;
  if (!key_name.empty()) token += "&skn=" + percent_encode(key_name);
  return token;
}

}  // namespace leafgate::crypto

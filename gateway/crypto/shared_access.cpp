#include "gateway/crypto/shared_access.hpp"

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::crypto {
namespace {

std::string seconds_text(WallTime at) {
  return std::to_string(std::chrono::floor<Seconds>(at).time_since_epoch().count());
}

}  // namespace

std::string shared_access_text(std::string_view resource, WallTime expires) {
  return percent_encode(resource) + "\n" + seconds_text(expires);
}

std::string shared_access_signed(std::string_view resource, ByteView signature, WallTime expires,
                                 std::string_view key_name) {
  std::string token = "SharedAccessSignature sr=" + percent_encode(resource) +
                      "&sig=" + percent_encode(base64::encode(signature)) + "&se=" + seconds_text(expires);
  if (!key_name.empty()) token += "&skn=" + percent_encode(key_name);
  return token;
}

std::string shared_access_signature(std::string_view resource, ByteView key, WallTime expires,
                                    std::string_view key_name) {
  const auto mac = hmac_sha256(key, as_bytes(shared_access_text(resource, expires)));
  return shared_access_signed(resource, mac, expires, key_name);
}

}  // namespace leafgate::crypto

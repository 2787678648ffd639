#include "tests/standin/sas.hpp"

#include <charconv>

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {
namespace {

constexpr std::string_view scheme = "SharedAccessSignature ";

bool take(std::optional<std::string>& slot, std::string_view value) {
  if (slot) return false;
  slot = std::string(value);
  return true;
}

}  // namespace

std::optional<SasToken> parse_sas(std::string_view header) {
  if (!header.starts_with(scheme)) return std::nullopt;
  header.remove_prefix(scheme.size());
  std::optional<std::string> sr;
  std::optional<std::string> sig;
  std::optional<std::string> se;
  std::optional<std::string> skn;
  while (!header.empty()) {
    const std::size_t end = header.find('&');
    const std::string_view field = header.substr(0, end);
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = field.substr(0, equals);
    const std::string_view value = field.substr(equals + 1);
    const bool kept = name == "sr"    ? take(sr, value)
                      : name == "sig" ? take(sig, value)
                      : name == "se"  ? take(se, value)
                      : name == "skn" ? take(skn, value)
                                      : true;
    if (!kept) return std::nullopt;
  }
  if (!sr || !sig || !se) return std::nullopt;
  SasToken token{*sr, *se, {}, skn.value_or(""), 0, {}};
  const auto [end, error] = std::from_chars(se->data(), se->data() + se->size(), token.expires);
  if (error != std::errc() || end != se->data() + se->size()) return std::nullopt;
  const auto resource = percent_decode(*sr);
  const auto wire_signature = percent_decode(*sig);
  if (!resource || !wire_signature) return std::nullopt;
  const auto signature = base64_decode(*wire_signature);
  if (!signature || signature->size() != 32) return std::nullopt;
  token.resource = *resource;
  token.signature = *signature;
  return token;
}

std::string sr_style(const SasToken& token, std::string_view id_scope) {
  if (token.sr.find('%') == std::string::npos) {
    const bool scope_has_capitals = lower(id_scope) != id_scope;
    return scope_has_capitals && token.sr == lower(token.sr) ? "lowered" : "raw";
  }
  bool small = false;
  bool capital = false;
  for (std::size_t i = 0; i + 2 < token.sr.size(); ++i) {
    if (token.sr[i] != '%') continue;
    for (char c : token.sr.substr(i + 1, 2)) {
      small = small || (c >= 'a' && c <= 'f');
      capital = capital || (c >= 'A' && c <= 'F');
    }
  }
  if (small && capital) return "mixed";
  return small ? "lower" : "upper";
}

bool signed_by(const SasToken& token, const std::vector<std::string>& device_keys) {
  const std::string text = token.sr + "\n" + token.se;
  for (const std::string& key : device_keys) {
    const auto bytes = base64_decode(key);
    if (bytes && equal_constant_time(hmac_sha256(*bytes, text), token.signature)) return true;
  }
  return false;
}

std::optional<std::string> derive_device_key(std::string_view group_key, std::string_view registration_id) {
  const auto bytes = base64_decode(group_key);
  if (!bytes) return std::nullopt;
  return base64_encode(hmac_sha256(*bytes, registration_id));
}

}  // namespace leafgate::standin

#include "gateway/attestation/sas_token.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/crypto/shared_access.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate {
namespace {

constexpr std::string_view scheme = "SharedAccessSignature ";
constexpr std::size_t longest_token = 2048;
constexpr std::int64_t end_of_year_9999 = 253'402'300'799;
constexpr Seconds grace{60};
// SDKs sign for a day at most: a good signature that is older than this comes from a clock that lost its
// time.
constexpr std::chrono::days clock_must_be_wrong{365};

Error malformed(std::string what) { return {Errc::malformed, "token: " + std::move(what)}; }

struct Fields {
  std::optional<std::string_view> sr, sig, se, skn;

  // Where the value of this name goes; null for a name nobody knows.
  std::optional<std::string_view>* slot(std::string_view name) {
    if (name == "sr") return &sr;
    if (name == "sig") return &sig;
    if (name == "se") return &se;
    if (name == "skn") return &skn;
    return nullptr;
  }
};

Result<Fields> split_fields(std::string_view text) {
  Fields fields;
  while (true) {
    const std::size_t end = text.find('&');
    const std::string_view field = text.substr(0, end);
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos || equals == 0) return malformed("a field is not name=value");
    if (auto* slot = fields.slot(field.substr(0, equals))) {
      if (*slot) return malformed(std::string(field.substr(0, equals)) + " is given twice");
      *slot = field.substr(equals + 1);
    }
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

Result<Bytes> read_signature(std::string_view sig) {
  const auto text = percent_decode(sig);
  if (!text) return malformed("sig: " + text.error().detail);
  auto octets = crypto::base64::decode(*text);
  if (!octets) return malformed("sig: " + octets.error().detail);
  if (octets->size() != std::tuple_size_v<crypto::Digest>) return malformed("sig is not of 32 octets");
  return octets;
}

Result<WallTime> read_expiry(std::string_view se) {
  const bool digits =
      !se.empty() && std::all_of(se.begin(), se.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return malformed("se is not a number of seconds");
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(se.data(), se.data() + se.size(), seconds);
  if (failure != std::errc() || seconds > end_of_year_9999) return malformed("se is beyond the year 9999");
  return WallTime(Seconds(seconds));
}

SasVerdict false_because(Reason reason) {
  SasVerdict verdict;
  verdict.proof = Proof::proven_false;
  verdict.reason = reason;
  return verdict;
}

// none when the token was signed for this id and scope.
Reason check_resource(std::string_view resource, const IdScope& scope, const RegistrationId& id) {
  constexpr std::string_view middle = "/registrations/";
  const std::size_t slash = resource.find('/');
  if (slash == std::string_view::npos) return Reason::token_for_another_id;
  const std::string_view rest = resource.substr(slash);
  if (rest.size() <= middle.size() || !equal_ignoring_case(rest.substr(0, middle.size()), middle) ||
      !equal_ignoring_case(rest.substr(middle.size()), id.key()))
    return Reason::token_for_another_id;
  return equal_ignoring_case(resource.substr(0, slash), scope.text()) ? Reason::none : Reason::wrong_scope;
}

bool signed_with(const SasToken& token, ByteView key) {
  return !key.empty() && crypto::equal_in_constant_time(crypto::hmac_sha256(key, as_bytes(token.signed_text)),
                                                        token.signature);
}

// "20412 days": one unit, enough to see by how much a clock is off.
std::string span_words(Millis span) {
  const auto seconds = std::chrono::duration_cast<Seconds>(span).count();
  if (seconds >= 2 * 86'400) return std::to_string(seconds / 86'400) + " days";
  if (seconds >= 2 * 3'600) return std::to_string(seconds / 3'600) + " hours";
  if (seconds >= 2 * 60) return std::to_string(seconds / 60) + " minutes";
  return std::to_string(seconds) + " seconds";
}

// What a good signature is worth at this time.
SasVerdict judge_time(WallTime expires_at, WallReading now, bool opened_operation) {
  SasVerdict verdict;
  verdict.proof = now.quality == ClockQuality::unsynced ? Proof::good_by_untrusted_clock : Proof::good;
  if (verdict.proof == Proof::good_by_untrusted_clock || opened_operation || now.at <= expires_at + grace)
    return verdict;
  const Millis late = now.at - expires_at;
  verdict = false_because(late > clock_must_be_wrong ? Reason::leaf_clock_wrong : Reason::token_expired);
  verdict.detail = "good until " + to_rfc3339(expires_at).substr(0, 19) + "Z, " + span_words(late) +
                   " ago by the gateway's clock";
  return verdict;
}

constexpr std::string_view key_name = "registration";

std::string resource_of(const IdScope& scope, const RegistrationId& id) {
  return scope.text() + "/registrations/" + id.text();
}

}  // namespace

Result<SasToken> parse_sas_token(std::string_view text) {
  if (text.size() > longest_token) return Error(Errc::too_large, "token: longer than 2 KiB");
  // Signed is "sr LF se": a control character inside a field could make one signature fit two readings.
  if (std::any_of(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }))
    return malformed("a character outside printable ASCII");
  if (!text.starts_with(scheme)) return malformed("does not begin with \"SharedAccessSignature \"");
  const auto fields = split_fields(text.substr(scheme.size()));
  if (!fields) return fields.error();
  if (!fields->sr || fields->sr->empty()) return malformed("no sr");
  if (!fields->sig || fields->sig->empty()) return malformed("no sig");
  if (!fields->se) return malformed("no se");

  auto resource = percent_decode(*fields->sr);
  if (!resource) return malformed("sr: " + resource.error().detail);
  auto signature = read_signature(*fields->sig);
  if (!signature) return signature.error();
  const auto expires_at = read_expiry(*fields->se);
  if (!expires_at) return expires_at.error();
  SasToken token;
  token.signed_text = std::string(*fields->sr) + '\n' + std::string(*fields->se);
  token.resource = std::move(*resource);
  token.signature = std::move(*signature);
  token.expires_at = *expires_at;
  token.key_name = fields->skn.value_or("");
  return token;
}

SasVerdict judge_sas(const SasToken& token, const IdScope& scope, const RegistrationId& id,
                     std::span<const CandidateKey> candidates, WallReading now, bool opened_operation) {
  if (const Reason reason = check_resource(token.resource, scope, id); reason != Reason::none)
    return false_because(reason);
  if (candidates.empty()) return {};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!signed_with(token, candidates[i].key)) continue;
    SasVerdict verdict = judge_time(token.expires_at, now, opened_operation);
    verdict.candidate = i;
    verdict.secondary = candidates[i].secondary;
    if (verdict.proof != Proof::proven_false)
      verdict.credential = crypto::hex(crypto::sha256(candidates[i].key));
    return verdict;
  }
  return false_because(Reason::wrong_key);
}

SasVerdict judge_sas(std::string_view token, const IdScope& scope, const RegistrationId& id,
                     std::span<const CandidateKey> candidates, WallReading now, bool opened_operation) {
  if (token.empty()) return false_because(Reason::no_credential);
  const auto parsed = parse_sas_token(token);
  if (!parsed) {
    SasVerdict verdict = false_because(Reason::token_malformed);
    verdict.detail = parsed.error().detail;
    return verdict;
  }
  return judge_sas(*parsed, scope, id, candidates, now, opened_operation);
}

std::vector<std::string_view> derivation_ids(const RegistrationId& id) {
  if (id.text() == id.key()) return {id.text()};
  return {id.text(), id.key()};
}

std::string mint_sas_token(const IdScope& scope, const RegistrationId& id, ByteView key, WallTime expires) {
  return crypto::shared_access_signature(resource_of(scope, id), key, expires, key_name);
}

std::string sas_text(const IdScope& scope, const RegistrationId& id, WallTime expires) {
  return crypto::shared_access_text(resource_of(scope, id), expires);
}

std::string signed_sas_token(const IdScope& scope, const RegistrationId& id, ByteView signature,
                             WallTime expires) {
  return crypto::shared_access_signed(resource_of(scope, id), signature, expires, key_name);
}

}  // namespace leafgate

#include "gateway/attestation/sas_token.hpp"

#include <algorithm>
#include <cstdlib>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/model/percent.hpp"

using namespace leafgate;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// What was read can be written again and is read as the same.
void read_again(const SasToken& token) {
  const std::size_t line_end = token.signed_text.find('\n');
  require(std::count(token.signed_text.begin(), token.signed_text.end(), '\n') == 1);
  const std::string again = "SharedAccessSignature se=" + token.signed_text.substr(line_end + 1) +
                            "&sig=" + percent_encode(crypto::base64::encode(token.signature)) +
                            "&sr=" + token.signed_text.substr(0, line_end);
  const auto back = parse_sas_token(again);
  require(back && back->signed_text == token.signed_text && back->signature == token.signature &&
          back->resource == token.resource && back->expires_at == token.expires_at);
}

}  // namespace

// A verdict is good exactly when the signature is the key's and the resource is this id's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const IdScope scope = *IdScope::parse("0ne00ABCDEF");
  static const RegistrationId id = *RegistrationId::parse("edge-device-01");
  static const Bytes key = *crypto::base64::decode("qmMQ0vR8lfFpX3Ql9S3N23Cb8C9o242vhSnKAWPkvg4=");
  static const CandidateKey candidate{key, false};
  const std::string_view text = as_text({data, size});
  const WallReading now{WallTime(Seconds(1'800'000'000)), ClockQuality::synced};

  const SasVerdict verdict = judge_sas(text, scope, id, {&candidate, 1}, now, false);
  const auto token = parse_sas_token(text);
  require(token || verdict.proof == Proof::proven_false);
  if (!token) return 0;
  read_again(*token);
  const auto mac = crypto::hmac_sha256(key, as_bytes(token->signed_text));
  const bool is_its = std::equal(mac.begin(), mac.end(), token->signature.begin(), token->signature.end()) &&
                      equal_ignoring_case(token->resource, "0ne00ABCDEF/registrations/edge-device-01") &&
                      now.at <= token->expires_at + Seconds(60);
  require((verdict.proof == Proof::good) == is_its);
  require((verdict.reason == Reason::none) == is_its);
  return 0;
}

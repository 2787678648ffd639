#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/attestation/tpm_credential.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/random.hpp"
#include "tests/fakes/fake_provisioning_service.hpp"

namespace leafgate {

// What a service does that attests TPMs (device protocol sheet §5.1): whoever shows its keys and no token is
// challenged, and who brings a token has to have signed it with the key of its newest challenge. It takes any
// TPM.
class TpmAttestation {
 public:
  TpmAttestation(Random& random, const WallClock& clock, IdScope scope)
      : random_(random), clock_(clock), scope_(std::move(scope)) {}

  int challenges = 0;

  // For FakeProvisioningService::attest.
  std::optional<ServiceAnswer> attest(const RegistrationId& who, const RegistrationRequest& request,
                                      const std::string& token) {
    const auto shown = read_tpm_keys(request.tpm);
    if (!shown) return FakeProvisioningService::refusal(400, 400000);
    if (token.empty()) {
      ++challenges;
      crypto::Secret key(32);
      random_.fill(key.writable());
      auto answer = FakeProvisioningService::refusal(401, 0);
      answer.authentication_key = only_for(request.tpm, key);
      answer.message = "Authorization required, says the service";
      rounds_.insert_or_assign(who.key(), std::move(key));
      return answer;
    }
    const auto round = rounds_.find(who.key());
    if (round == rounds_.end()) return FakeProvisioningService::refusal(401, 401000);
    const CandidateKey key{round->second.view(), false};
    const auto verdict = judge_sas(token, scope_, who, {&key, 1}, clock_.now(), false);
    if (verdict.proof != Proof::good) return FakeProvisioningService::refusal(401, 401000);
    return std::nullopt;
  }

  // An authenticationKey: nobody but the TPM with these keys gets at the 32 octets in it.
  std::string only_for(const TpmKeys& keys, const crypto::Secret& key) {
    const auto shown = read_tpm_keys(keys).value();
    const auto fill = [this](std::span<std::uint8_t> out) { random_.fill(out); };
    const auto blob = make_challenge(shown.endorsement, shown.storage, fill, key, "uri");
    return crypto::base64::encode(blob.value());
  }

 private:
  Random& random_;
  const WallClock& clock_;
  IdScope scope_;
  std::map<std::string, crypto::Secret> rounds_;  // by registrationId: the key in its newest challenge
};

}  // namespace leafgate

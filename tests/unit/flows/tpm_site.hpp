#pragma once

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "gateway/crypto/base64.hpp"
#include "tests/fakes/site.hpp"
#include "tests/fakes/software_tpm.hpp"
#include "tests/fakes/tpm_attestation.hpp"

namespace leafgate {

// A site, a service that attests TPMs, and a leaf that has one and does as the SDKs do (device protocol sheet
// §5.1): asks without a token, opens the challenge, asks again with a token, polls with the same one.
struct TpmSite : testing::Test {
  static constexpr const char* id = "Press-7";

  Site site;
  SoftwareTpm tpm;
  TpmAttestation there{site.random, site.clock, site.policy.id_scope};
  int hub_keys = 0;

  TpmSite() {
    site.service.attest = [this](const RegistrationId& who, const RegistrationRequest& request,
                                 const std::string& token) { return there.attest(who, request, token); };
    site.service.hub_key = [this](const RegistrationId&) { return "hub-key-" + std::to_string(++hub_keys); };
  }

  // What is under way still asks this service.
  ~TpmSite() override { site.stop(); }

  void enroll(const SoftwareTpm& who, const std::string& as = id, bool enabled = true,
              const std::string& etag = "1") {
    Enrollment e;
    e.id = ascii_lower(as);
    e.mechanism = Mechanism::tpm;
    e.enabled = enabled;
    e.etag = etag;
    e.endorsement_key = who.keys().endorsement_key;
    site.enrollments.put(std::move(e));
    site.running->ledger.enrollments_changed();
  }
  void relay_unknown() {
    site.policy.unknown = UnknownPolicy::relay;
    site.restart();
  }

  [[nodiscard]] Attempt attempt(const std::string& token = {}, bool with_keys = true) const {
    Attempt a = site.attempt(id, token);
    if (token.empty()) a.evidence = NoEvidence{};
    if (with_keys) a.request.tpm = tpm.keys();
    return a;
  }
  Answer ask() { return site.admit(attempt()); }
  // What the leaf signs with what it opened.
  [[nodiscard]] std::string token_for(const Answer& challenge) const {
    const auto blob = crypto::base64::decode(challenge.authentication_key);
    const auto key = blob ? tpm.open(*blob) : std::nullopt;
    if (!key) return "SharedAccessSignature unopened";
    return mint_sas_token(site.policy.id_scope, RegistrationId::parse(id).value(), *key,
                          site.clock.now().at + std::chrono::hours(1));
  }
  Answer bring(const std::string& token, bool with_keys = true) {
    return site.admit(attempt(token, with_keys));
  }
  Answer poll(const std::string& token, const OperationId& operation) {
    Attempt a = attempt(token, false);
    a.operation = operation;
    return site.admit(std::move(a));
  }
  Answer follow(Answer answer, const std::string& token) {
    const TimePoint give_up = site.simulator.now() + std::chrono::seconds(60);
    while (answer.status == 202 && site.simulator.now() < give_up) {
      site.simulator.run_for(answer.retry_after);
      answer = poll(token, *answer.operation);
    }
    return answer;
  }
  // The whole conversation; ends with what the leaf heard last.
  Answer provision(bool keys_again = true) {
    Answer answer = ask();
    if (answer.authentication_key.empty() || answer.status != 401) return answer;
    const std::string token = token_for(answer);
    answer = bring(token, keys_again);
    return follow(std::move(answer), token);
  }
  [[nodiscard]] std::optional<Assignment> stored() const {
    const auto found = site.registrations.records.find(ascii_lower(id));
    if (found == site.registrations.records.end()) return std::nullopt;
    return found->second.registration.assignment;
  }
};

// The leaf's endorsement key is enrolled here.
struct EnrolledTpmSite : TpmSite {
  EnrolledTpmSite() { enroll(tpm); }

  // Known here, with the service away.
  void learn_and_go_offline() {
    ASSERT_EQ(provision().status, 200);
    site.service.up = false;
    calls = site.service.calls;
  }
  int calls = 0;
};

}  // namespace leafgate

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/attestation/leaf_proof.hpp"
#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/crypto/signing_key.hpp"
#include "gateway/ports/link_vouchers.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::link {

// Vouches by the device keys it holds, else by a key of its own. Members are open to the tests.
class FakeVouchers : public LinkVouchers {
 public:
  std::map<std::string, std::string> keys;  // by id in lower case
  crypto::SigningKey own = crypto::SigningKey::generate();
  bool locked = false;
  Millis latency{0};
  std::vector<std::string> never_answered;

  Task<Voucher> voucher_for(RegistrationId id, Mechanism mechanism, std::string /*way*/) override {
    if (latency > Millis(0)) co_await sleep_for(latency);
    Voucher voucher;
    if (locked) co_return voucher;
    voucher.by = std::make_shared<ByOwnKey>(own);
    if (mechanism != Mechanism::symmetric_key) co_return voucher;
    const auto held = keys.find(id.key());
    if (held == keys.end()) {
      voucher.refused = Reason::key_not_held;
      co_return voucher;
    }
    voucher.by = std::make_shared<ByDeviceKey>(held->second);
    co_return voucher;
  }
  void unanswered(const RegistrationId& id, const std::string& way) override {
    never_answered.push_back(id.key() + " by " + way);
  }
  Task<Result<Bytes>> public_key() override { co_return pin(); }
  [[nodiscard]] Bytes pin() const { return {own.point().begin() + 1, own.point().end()}; }

 private:
  struct ByDeviceKey : LinkVoucher {
    explicit ByDeviceKey(std::string k) : key(std::move(k)) {}
    [[nodiscard]] GatewayProof vouch(const GatewayWord& word) const override {
      const auto mac = gateway_mac(word, as_bytes(key));
      GatewayProof proof;
      proof.tag.assign(mac.begin(), mac.end());
      return proof;
    }
    std::string key;
  };
  struct ByOwnKey : LinkVoucher {
    explicit ByOwnKey(crypto::SigningKey k) : key(std::move(k)) {}
    [[nodiscard]] GatewayProof vouch(const GatewayWord& word) const override {
      GatewayProof proof;
      proof.tag = key.sign(gateway_text(word));
      proof.public_key.assign(key.point().begin() + 1, key.point().end());
      return proof;
    }
    crypto::SigningKey key;
  };
};

// Judges proofs as the gateway does, gives a TPM its challenge, and says what it is told to, else that the
// leaf is assigned. Members are open to the tests.
class FakeLinkRegistrar : public Registrar {
 public:
  explicit FakeLinkRegistrar(FakeVouchers& vouchers) : vouchers_(vouchers) {}

  static constexpr const char* operation = "5.0a1b.6f1e2d3c";
  static constexpr const char* tpm_key = "the key that the challenge wraps";

  std::deque<Answer> says;  // to good proofs
  Bytes credential = Bytes(300, 0xcd);
  bool challenges_tpms = true;
  bool wants_signature = false;
  bool tls13 = true;
  std::size_t handshake = 130;  // octets
  Millis latency{0};
  Millis sign_within{10'000};

  std::vector<Attempt> attempts;
  std::vector<Result<Bytes>> signatures;
  int good = 0;

  Task<Answer> admit(Attempt attempt) override {
    attempts.push_back(attempt);
    if (latency > Millis(0)) co_await sleep_for(latency);
    const bool shows_keys = !attempt.request.tpm.endorsement_key.empty();
    if (shows_keys && std::holds_alternative<NoEvidence>(attempt.evidence) && challenges_tpms) {
      Answer asks = refused(401, 401000);
      asks.authentication_key = crypto::base64::encode(credential);
      co_return asks;
    }
    if (!is_good(attempt)) co_return refused(401, 401000);
    ++good;
    if (wants_signature && attempt.signer && !attempt.operation) {
      auto signature = co_await ask(attempt.signer);
      const bool given = signature.has_value();
      signatures.push_back(std::move(signature));
      if (!given) co_return refused(503, 503000, Seconds(7));
    }
    if (says.empty()) co_return assigned();
    Answer answer = says.front();
    says.pop_front();
    co_return answer;
  }

  Task<Result<Bytes>> ask(std::shared_ptr<LeafSigner> signer) const {
    SignRequest request;
    request.tls13 = tls13;
    request.message = Bytes(handshake, 0x20);
    request.hash.fill(0x11);
    request.purpose = "TLS client";
    const TimePoint deadline = LoopClock::now() + sign_within;
    auto signature = co_await signer->sign(std::move(request), deadline);
    co_return signature;
  }

  static Answer assigned() {
    Answer answer;
    answer.status = 200;
    answer.proven = true;
    answer.operation = OperationId::parse(operation).value();
    answer.registration_status = RegistrationStatus::assigned;
    answer.state = R"({"status":"assigned","assignedHub":"hub1.example","deviceId":"pump-1"})";
    return answer;
  }
  static Answer assigning(Seconds retry_after = Seconds(3)) {
    Answer answer;
    answer.status = 202;
    answer.proven = true;
    answer.operation = OperationId::parse(operation).value();
    answer.retry_after = retry_after;
    return answer;
  }
  static Answer refused(int status, int code, Seconds retry_after = Seconds(0)) {
    Answer answer;
    answer.status = status;
    answer.error_code = code;
    answer.message = "No.";
    answer.retry_after = retry_after;
    return answer;
  }

 private:
  [[nodiscard]] bool is_good(const Attempt& attempt) const {
    if (const auto* shown = std::get_if<CertificateEvidence>(&attempt.evidence))
      return shown->signature && holds_its_key(*shown, attempt.id);
    if (const auto* sas = std::get_if<SasEvidence>(&attempt.evidence)) {
      const std::vector<CandidateKey> wrapped = {{as_bytes(tpm_key), false}};
      const auto verdict = judge_sas(sas->token, attempt.scope, attempt.id, wrapped, WallReading(), false);
      return verdict.candidate != SasVerdict::none;
    }
    const auto* mac = std::get_if<MacEvidence>(&attempt.evidence);
    const auto held = vouchers_.keys.find(attempt.id.key());
    if (mac == nullptr || held == vouchers_.keys.end()) return false;
    const std::vector<CandidateKey> candidates = {{as_bytes(held->second), false}};
    return judge_mac(*mac, attempt.id, candidates).proof == Proof::good;
  }

  FakeVouchers& vouchers_;
};

}  // namespace leafgate::link

#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "gateway/crypto/hmac.hpp"
#include "gateway/ports/tpm.hpp"
#include "gateway/runtime/sleep.hpp"
#include "tests/fakes/fail_switch.hpp"
#include "tests/fakes/test_attestation_key.hpp"

namespace leafgate {

// A TPM in memory. What it made opens in it alone: another FakeTpm refuses it, as after an exchange of the
// board. Members are open to the tests; `latency` goes by for each command, `fail` acts on each.
class FakeTpm : public Tpm {
 public:
  FailSwitch fail;
  TpmFacts told;
  Millis latency{0};
  std::string name = "tpm-1";  // who it is
  std::uint64_t counter = 0;
  bool written = false;                 // the epoch counter exists
  bool lose_answer_of_advance = false;  // the next time it is advanced, which is done
  int commands = 0;
  bool other_client = false;
  TpmSealPolicy measured;  // the registers as they are: a policy seals to its own approval

  FakeTpm() { told.state = TpmState::ready; }

  // Of this TPM: the same in each life of it.
  [[nodiscard]] TestAttestationKey signing_key() const { return TestAttestationKey("ak " + name); }

  // Moves to a state and tells of it.
  void become(TpmState state) {
    told.state = state;
    if (hook_) hook_();
  }

  [[nodiscard]] TpmFacts facts() const override {
    TpmFacts facts = told;
    facts.set_up = expected_.has_value();
    return facts;
  }
  void on_change(std::function<void()> hook) override { hook_ = std::move(hook); }
  void expect(std::optional<TpmAnchor> anchor) override {
    expected_ = std::move(anchor);
    const bool other = expected_ && expected_->storage_name != octets(name);
    if (other) become(TpmState::foreign);
    if (!other && told.state == TpmState::foreign) become(TpmState::ready);
  }

  Task<Result<TpmIdentity>> identity() override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    TpmIdentity identity;
    identity.endorsement_public = octets("endorsement key of " + name);
    identity.storage_public = octets("storage key of " + name);
    identity.other_client = other_client;
    co_return identity;
  }

  Task<Result<TpmAnchor>> set_up(TpmSetUp wanted) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    if (!written) {
      written = true;
      ++counter;
      auth_ = text_of(wanted.counter_auth);
    } else if (auth_ != text_of(wanted.counter_auth)) {
      co_return Error(Errc::conflict, "the counter index is in use");
    }
    TpmAnchor anchor;
    anchor.endorsement_name = octets("ek " + name);
    anchor.storage_name = octets(name);
    anchor.storage_handle = 0x8100'0001;
    anchor.counter_index = wanted.counter_index;
    anchor.signing_public = signing_key().public_area();
    expected_ = anchor;
    told.state = TpmState::ready;
    co_return anchor;
  }

  Task<Result<TpmObject>> seal(crypto::Secret secret, TpmSealPolicy policy) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    (void)policy;
    co_return keep(std::move(secret), "");
  }
  Task<Result<crypto::Secret>> unseal(TpmObject sealed, TpmSealPolicy policy) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    (void)policy;
    const Kept* kept = find(sealed);
    if (!kept) co_return Error(Errc::refused, "sealed by another TPM");
    co_return kept->secret.copy();
  }

  Task<Result<TpmObject>> make_hmac_key(crypto::Secret key, crypto::Secret auth) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    co_return keep(std::move(key), text_of(auth));
  }
  Task<Result<crypto::Secret>> hmac(TpmHmacKey key, std::string message) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    const Kept* kept = find(key.object);
    if (!kept || kept->auth != text_of(key.auth)) co_return Error(Errc::refused, "not a key of this TPM");
    const auto mac = crypto::hmac_sha256(kept->secret.view(), as_bytes(message));
    co_return crypto::Secret(ByteView(mac));
  }

  Task<Result<std::uint64_t>> read_epoch(crypto::Secret counter_auth) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    if (!written || text_of(counter_auth) != auth_) co_return Error(Errc::refused, "no such counter");
    co_return counter;
  }
  Task<Result<std::uint64_t>> advance_epoch(crypto::Secret counter_auth) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    if (!written || text_of(counter_auth) != auth_) co_return Error(Errc::refused, "no such counter");
    ++counter;
    if (std::exchange(lose_answer_of_advance, false)) co_return Error(Errc::timed_out, "no answer");
    co_return counter;
  }
  Task<Result<TpmStatement>> certify_epoch(crypto::Secret counter_auth,
                                           std::array<std::uint8_t, 32> extra) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    if (!written || text_of(counter_auth) != auth_) co_return Error(Errc::refused, "no such counter");
    co_return signing_key().certify(counter, extra);
  }

  Task<Result<TpmObject>> activate(Bytes authentication_key) override {
    auto began = co_await begin();
    if (!began) co_return began.error();
    co_return keep(crypto::Secret(authentication_key), "");
  }

 private:
  struct Kept {
    crypto::Secret secret;
    std::string auth;
  };

  static Bytes octets(const std::string& text) { return {text.begin(), text.end()}; }
  static std::string text_of(const crypto::Secret& secret) { return std::string(as_text(secret.view())); }

  Task<Result<void>> begin() {
    ++commands;
    if (latency > Millis(0)) co_await sleep_for(latency);
    if (auto error = fail.next()) co_return *error;
    if (told.state != TpmState::ready) co_return Error(Errc::throttled, "the TPM is not ready");
    co_return Result<void>();
  }
  TpmObject keep(crypto::Secret secret, std::string auth) {
    const std::string label = name + " object " + std::to_string(kept_.size());
    TpmObject object;
    object.private_area = octets(label);
    object.public_area = octets("public");
    kept_.emplace(label, Kept{std::move(secret), std::move(auth)});
    return object;
  }
  const Kept* find(const TpmObject& object) const {
    const std::string label(object.private_area.begin(), object.private_area.end());
    const auto found = kept_.find(label);
    const bool is_own = label.starts_with(name + " object ");
    return found == kept_.end() || !is_own ? nullptr : &found->second;
  }

  std::function<void()> hook_;
  std::optional<TpmAnchor> expected_;
  std::string auth_;
  std::map<std::string, Kept> kept_;
};

}  // namespace leafgate

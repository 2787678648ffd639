#pragma once

#include <memory>

#include "adapters/tpm/keeper.hpp"
#include "adapters/tpm/tcti_address.hpp"
#include "adapters/tpm/transport.hpp"

namespace leafgate::tpm {

struct EsysTpmOptions {
  // With false there is none: every call gives `unsupported`, and no thread is started. Whether a TPM is
  // required or only used where there is one makes no difference here: a missing one is looked for.
  bool enabled = true;
  KeeperOptions keeper;
  Millis deadline{10'000};           // of what the gateway signs, counts, opens and derives
  Millis operator_deadline{90'000};  // of what makes RSA keys: identity, set_up, activate
};

// The gateway's TPM over tpm2-tss. Made, used and destroyed on the first loop, whose context outlives it; its
// thread looks for the TPM from the start, also when nobody asks.
class EsysTpm final : public Tpm {
 public:
  EsysTpm(Executor home, EsysTpmOptions options, const TctiAddress& address);
  // Over a transport of the caller's own: tests wrap one to fail, to be slow or to count. It is called on the
  // TPM's thread for each connection.
  EsysTpm(Executor home, EsysTpmOptions options, TransportMaker make_transport);
  ~EsysTpm() override;

  void stop();  // answers everything with Errc::stopped and waits for the thread; destruction does it too

  [[nodiscard]] TpmFacts facts() const override;
  void on_change(std::function<void()> hook) override;
  void expect(std::optional<TpmAnchor> anchor) override;

  Task<Result<TpmIdentity>> identity() override;
  Task<Result<TpmAnchor>> set_up(TpmSetUp wanted) override;
  Task<Result<TpmObject>> seal(crypto::Secret secret, TpmSealPolicy policy) override;
  Task<Result<crypto::Secret>> unseal(TpmObject sealed, TpmSealPolicy policy) override;
  Task<Result<TpmObject>> make_hmac_key(crypto::Secret key, crypto::Secret auth) override;
  Task<Result<crypto::Secret>> hmac(TpmHmacKey key, std::string message) override;
  Task<Result<std::uint64_t>> read_epoch(crypto::Secret counter_auth) override;
  Task<Result<std::uint64_t>> advance_epoch(crypto::Secret counter_auth) override;
  Task<Result<TpmStatement>> certify_epoch(crypto::Secret counter_auth,
                                           std::array<std::uint8_t, 32> extra) override;
  Task<Result<TpmObject>> activate(Bytes authentication_key) override;

 private:
  struct Asked {
    Rank rank;
    Needs needs;
    Millis within;
  };
  // Runs work(Bench&) -> Outcome<T> on the TPM's thread.
  template <class T, class F>
  Task<Result<T>> ask(Asked asked, F work);
  [[nodiscard]] Asked own() const { return {Rank::own, Needs::set_up, options_.deadline}; }

  struct Hook {
    std::function<void()> call;
  };

  const EsysTpmOptions options_;
  std::shared_ptr<Hook> hook_ = std::make_shared<Hook>();  // called on the first loop, while we are there
  Keeper keeper_;
};

}  // namespace leafgate::tpm

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "gateway/ports/key_ring.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/tpm.hpp"
#include "gateway/ports/trust.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// How the key that seals the store's secrets is kept, for `status`.
struct CustodyFacts {
  Protection protection = Protection::key_file;
  bool open = false;           // secrets can be read
  std::string why;             // why not, or what is still to be done; empty: all is well
  bool recovery_copy = false;  // the newest key also stands in an envelope to the operator's recovery key
  ResealProgress reseal;
};

// What an operator decides at set-up.
struct CustodySetUp {
  std::uint32_t counter_index = 0x0180'1F50;
  bool accept_another = false;  // also a TPM that is not the one of before
  // PEM of a public key: a copy of the sealing key goes into an envelope to it; empty: none.
  std::string recovery;
};

// Who keeps the key of Trust: opens it at the start, by the key file or the TPM; puts it into the TPM when
// the operator says so; brings everything under a new key and goes on with that after an interruption. What
// fails leaves every secret readable as it was, and a repeat finishes it. A TPM that is another one, or says
// no, changes nothing that is stored. First loop only.
class Custody {
 public:
  static constexpr std::chrono::seconds longest_start{2};  // more than that no start waits for the TPM

  // All outlive it. `tpm` null: the configuration wants none. `policy`: under which the TPM seals and
  // unseals. `counter_index`: of the epoch counter where a key that was handed over is taken in by a TPM that
  // has none yet.
  struct Ports {
    KeyRing& ring;
    Trust& trust;
    Tpm* tpm;
    Random& random;
  };
  Custody(Executor loop, Ports ports, TpmSealPolicy policy = {},
          std::uint32_t counter_index = CustodySetUp().counter_index);

  // Once, before run(): says to the TPM which one is expected.
  Task<Result<void>> load();
  // Until stop(): asks the TPM for the key until it gives it, seals anew what is to be. Started before
  // ready().
  Task<void> run();
  void stop();
  // Waits until the key is open or the first try has ended, and not longer than longest_start.
  Task<void> ready();
  // Called on the first loop when the key has opened, this TPM has become the one of this state folder, or
  // everything was sealed anew, so that what was read before stands otherwise in the store. One hook, before
  // run().
  void on_opened(std::function<void()> hook) { on_opened_ = std::move(hook); }
  // The state of the TPM has changed: to be called from the one hook of Tpm::on_change.
  void tpm_changed();

  // The operator's `tpm setup`: makes this TPM the one of this state folder, seals a new key by it, brings
  // everything under that and takes the key file away. Done again it finishes what was interrupted, and
  // changes nothing where all is done. Errors: Tpm's, KeyRing's, malformed or unsupported (the recovery key),
  // throttled (the secrets are out of reach, or set-up is going on).
  Task<Result<void>> set_up(CustodySetUp wanted);
  // Opens by a key that was recovered, and has it sealed by the TPM that is here, as after a restore beside
  // another board. Errors: not_found (it is no key of this store); Tpm's and KeyRing's: then it is open, but
  // not sealed yet.
  Task<Result<void>> open_with(crypto::Secret key, CustodySetUp wanted);

  [[nodiscard]] CustodyFacts facts() const;

 private:
  [[nodiscard]] const RingKey& newest() const { return ports_.ring.keys().back(); }
  [[nodiscard]] bool has_something_to_do() const;
  [[nodiscard]] bool is_foreign() const;
  [[nodiscard]] bool may_ask_the_tpm() const;
  [[nodiscard]] bool handed_over() const;
  Task<void> look();
  Task<Result<void>> unseal();
  Task<Result<void>> adopt(std::uint32_t counter_index);
  Task<Result<void>> make_belong(std::uint32_t counter_index);
  Task<Result<TpmObject>> seal_and_try(crypto::Secret key);
  Task<Result<void>> put_into_tpm(CustodySetUp wanted);
  void note(const Result<void>& done, std::string_view what);

  Ports ports_;
  TpmSealPolicy policy_;
  const std::uint32_t counter_index_;
  std::function<void()> on_opened_;
  std::string why_;
  unsigned failures_ = 0;
  bool tried_ = false;  // the first look has ended
  bool busy_ = false;   // an operator's call is under way
  bool stopping_ = false;
  bool changed_ = true;  // since the last look
  Wakeup wakeup_;
  Wakeup first_;
};

}  // namespace leafgate

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/tpm/esys.hpp"
#include "adapters/tpm/hmac_keys.hpp"
#include "adapters/tpm/templates.hpp"
#include "gateway/model/tpm.hpp"

namespace leafgate::tpm {

// Which way secrets cross in a command of the protected session: with the first parameter of the command,
// with that of the response, both or neither.
enum class Crossing : std::uint8_t { none = 0, in = 0x20, out = 0x40, both = 0x60 };

// What the TPM says of itself.
struct Readings {
  std::string vendor;
  std::uint32_t lockout_counter = 0;
  std::uint32_t lockout_limit = 0;
  std::chrono::seconds lockout_recovery{0};
  bool locked_out = false;
};

struct Boot {
  std::uint32_t resets = 0;
  std::uint32_t restarts = 0;
  friend bool operator==(const Boot&, const Boot&) = default;
};

// What was not flushed from a TPM when its context broke, and in which boot.
struct Leftovers {
  Boot boot;
  std::vector<TPM2_HANDLE> handles;
};

// Everything that is laid out on a TPM to work with: the context, the salted session, the keys. It is made
// anew as a whole after each loss or restart, so that no handle of before can be used after. One thread. Held
// at rest: two objects (the attestation key and one HMAC key) and one session, of the three each that a TPM
// has at least: loading a key under a persistent parent takes two objects for the moment.
class Bench {
 public:
  // Connects, and brings a TPM up that nobody started. `alone`: nothing manages its room for several
  // programs (an emulator), so that we must clear up after ourselves.
  static Outcome<std::unique_ptr<Bench>> open(std::unique_ptr<Transport> transport, Watch watch, bool alone,
                                              std::chrono::milliseconds session_life,
                                              const std::optional<Leftovers>& leftovers);
  ~Bench();

  // Sets up to work with the TPM of the anchor; Sign::foreign where it is another one. Without an anchor it
  // takes what is there.
  Outcome<void> lay_out(const std::optional<TpmAnchor>& anchor);
  // Whether it is still the TPM of the anchor: after an error that makes one doubt it.
  Outcome<void> recognise(const TpmAnchor& anchor);

  [[nodiscard]] const Boot& boot() const { return boot_; }
  // Whether it is still in the boot in which all this was laid out. One command.
  Outcome<bool> is_same_boot();
  Outcome<Readings> read_properties();
  Outcome<void> self_test();  // Sign::failing where it is in failure mode
  // When idle: renews the session in time, and sees that the storage key is still there.
  Outcome<void> look_after();

  [[nodiscard]] Esys& esys() { return *esys_; }
  [[nodiscard]] HmacKeys& keys() { return *keys_; }
  [[nodiscard]] const std::optional<TpmAnchor>& anchor() const { return anchor_; }
  // The storage key with its public area; ESYS_TR_NONE before it is laid out.
  [[nodiscard]] ESYS_TR storage() const { return storage_; }
  [[nodiscard]] const TPM2B_PUBLIC& storage_public() const { return storage_public_; }
  Outcome<void> use_storage(TPM2_HANDLE handle);
  // What an operator should know of this TPM though it works; empty: nothing.
  [[nodiscard]] std::string flaw() const;
  // The session whose salt only that key can read. Renewed when it has become old.
  Outcome<ESYS_TR> session(Crossing crossing);
  // The attestation key of an epoch and its public area; made once.
  struct SigningKey {
    Held key;
    TPM2B_PUBLIC area{};
    std::uint32_t epoch = 0;
  };
  Outcome<SigningKey*> signing_key(std::uint32_t epoch);
  // The NV index of the epoch counter, as ESYS knows it; found once.
  Outcome<ESYS_TR> counter(std::uint32_t index);
  Outcome<Bytes> name_of_counter();
  // Where it stood last: nobody else has its secret, so that an increment need not be followed by a read.
  std::optional<std::uint64_t> counted;

  // Whether a persistent object or an NV index is there.
  Outcome<bool> has(TPM2_HANDLE handle);
  // A primary key of a hierarchy (ESYS_TR_RH_...), without a password.
  Outcome<Held> make_primary(ESYS_TR hierarchy, const TPM2B_PUBLIC& wanted, TPM2B_PUBLIC& made,
                             const char* what);
  // Flushes what is only kept for speed, before something else needs the room.
  void make_room() { keys_->put_away(); }
  // Where nothing manages its room and that was not enough: flushes what a program that was ended in the
  // middle of a command has left there, one of ours of before most likely.
  Outcome<void> make_more_room();

  // What is to be cleared up by the next bench, if this one ends in disorder.
  [[nodiscard]] Leftovers leftovers() const { return {boot_, esys_->held()}; }

 private:
  Bench(std::unique_ptr<Esys> esys, bool alone, std::chrono::milliseconds session_life);
  Outcome<Boot> read_boot();
  Outcome<void> clear_up(const Leftovers& leftovers);
  Outcome<void> clear_strangers();
  Outcome<void> lay_out_keys(const TpmAnchor& anchor);
  Outcome<std::vector<TPM2_HANDLE>> handles_from(TPM2_HANDLE first, std::uint32_t most);
  Outcome<void> check_endorsement(const TpmAnchor& anchor);
  Outcome<void> check_storage(const TpmAnchor& anchor);
  Outcome<void> check_counter(const TpmAnchor& anchor);
  Outcome<void> start_session();

  // Declared in the order of dependence: what is made on the context goes first.
  std::unique_ptr<Esys> esys_;
  const bool alone_;
  const std::chrono::milliseconds session_life_;
  Boot boot_;
  std::uint64_t up_for_ = 0;  // milliseconds since its start, when last asked
  std::optional<TpmAnchor> anchor_;
  ESYS_TR storage_ = ESYS_TR_NONE;
  TPM2B_PUBLIC storage_public_{};
  Held session_;
  TimePoint session_since_{};
  SigningKey signing_;
  ESYS_TR counter_ = ESYS_TR_NONE;
  std::uint32_t counter_index_ = 0;
  std::unique_ptr<HmacKeys> keys_;
};

}  // namespace leafgate::tpm

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/flows/derivation_steps.hpp"
#include "gateway/flows/false_proofs.hpp"
#include "gateway/flows/lru.hpp"
#include "gateway/flows/source_turns.hpp"
#include "gateway/ports/derived_keys.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/ports/tpm.hpp"
#include "gateway/ports/trust.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// How it stands with the keys that groups in the TPM derive for a leaf.
enum class Derived {
  settled,  // what could prove it is known, or was tried lately and did not
  awaited,  // the TPM has been asked, or will be when it is there
  crowded,  // too many wait: it is asked for when the leaf comes again
};

// What is had from group keys that live in the TPM: from memory (Trust), else from the store, else from the
// TPM, which strangers can make work too. Nobody who answers a leaf waits for it: what is asked of it is
// known at a later poll (semantics §3, row 3a). One command is under way at a time; sources take turns; a
// derived key is stored only after a token proved it. First loop only.
class Derivations {
 public:
  struct Limits {
    std::size_t depth = 64;
    std::size_t per_source = 4;
    std::size_t fetches = 16;                    // of the gateway itself, for tokens it mints
    std::chrono::seconds fetched_within{5};      // else tried again later
    std::chrono::seconds leaf_gone{15};          // that did not ask again: its place is free for another
    std::chrono::seconds key_rested{60};         // that the TPM would not use
    std::chrono::seconds write_rested{60};       // that the store would not take
    std::chrono::milliseconds first_pause{250};  // the TPM has no time
    std::chrono::milliseconds longest_pause{8'000};
    std::size_t remembered = 32'768;  // of what is stored and what is not
  };
  struct Ports {
    Tpm& tpm;
    Trust& trust;
    DerivedKeys& stored;
  };

  Derivations(Executor loop, Ports ports) : Derivations(loop, ports, Limits{}) {}
  Derivations(Executor loop, Ports ports, const Limits& limits);
  ~Derivations();

  // For an attempt that no key at hand has proved, without an individual enrollment. Reads the store once for
  // a leaf that is not in memory, and never waits for the TPM. Afterwards judge again. Errors: the store's.
  Task<Result<Derived>> ready(const Attempt& attempt, Ledger::Groups groups);

  // A token has proved this leaf by the key that `credential` names (Verdict::credential): it is stored now
  // if the TPM derived it and it is not stored yet. Nothing is read for a leaf that comes again.
  void proved(const Enrollment& group, const RegistrationId& id, const std::string& credential);

  // For whoever mints tokens: makes the keys of this leaf under this group known to Trust, from the store or,
  // and this is waited for a little, from the TPM: that which `credential` names, without one the first.
  // Errors: timed_out (not yet), the store's.
  Task<Result<void>> fetch(Enrollment group, RegistrationId id, std::string credential);

  // Its state is another one: what waits is tried at once. For the hook of Tpm.
  void tpm_changed();
  // Until stop().
  Task<void> run();
  void stop();

  [[nodiscard]] std::size_t waiting() const { return turns_.size(); }
  [[nodiscard]] std::uint64_t commands() const { return commands_; }  // asked of the TPM
  [[nodiscard]] std::uint64_t turned_away() const { return turned_away_; }

 private:
  struct Request;
  using Shared = std::shared_ptr<Request>;
  using Steps = std::vector<DerivationStep>;

  [[nodiscard]] bool is_known(const DerivationStep& step);
  [[nodiscard]] bool is_known(const Steps& steps);
  [[nodiscard]] bool rests(const DerivationStep& step, TimePoint now);
  Task<Result<void>> recall(const Steps& steps);
  void learn(const DerivationStep& step, const DerivedKey& row);
  bool fits(const Request& request, const crypto::Secret& derived) const;
  bool is_proved(const Request& request);
  Derived ask(Shared request);
  Task<void> wait_for(Shared request);
  bool make_room(const Request& request, bool has_its_share, TimePoint now);
  [[nodiscard]] bool is_doubted(const std::string& source, TimePoint now);

  Task<void> advance(Shared request);
  const DerivationStep* next_step(Request& request);
  void meet_trouble(Request& request, const DerivationStep& step, const Error& error);
  void end(const Shared& request, bool proved);
  void keep(const DerivationStep& step, const crypto::Secret& derived);
  Task<void> write(DerivedKey row, std::string name, std::string credential);

  Executor loop_;
  Ports ports_;
  Limits limits_;
  SourceTurns<Request> turns_;
  std::unordered_map<std::string, Shared> requests_;  // by source and id
  Shared under_way_;
  FalseProofs failures_;
  LruMap<TimePoint> doubted_;  // by source: when one of its tokens fitted nothing
  LruMap<TimePoint> rested_;   // by group key: until when it is not asked for
  LruMap<bool> recalled_;      // by name of a step: whether the store has it
  LruMap<bool> written_;       // by credential: is stored, or on its way
  std::size_t writes_ = 0;
  TimePoint no_write_before_{};
  TimePoint not_before_{};
  LoopClock::duration pause_{};
  Wakeup wakeup_;
  std::uint64_t commands_ = 0;
  std::uint64_t turned_away_ = 0;
  bool stopping_ = false;
};

}  // namespace leafgate

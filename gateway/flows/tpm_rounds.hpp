#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/secret.hpp"
#include "gateway/flows/lru.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// Between the challenge that a leaf with a TPM was given and the token it signs with what it opened.
struct TpmRound {
  TpmKeys keys;        // as the leaf showed them: its second request may leave them out
  crypto::Secret key;  // that of a challenge made here; empty: the challenge was the service's
  // What a round of ours will end with: the leaf's key for its hub, as it is stored and as it is told. A
  // round that has begun ends, also when secrets are locked meanwhile.
  SealedKey sealed_hub_key;
  crypto::Secret hub_key;
  TimePoint until{};  // set by open()

  [[nodiscard]] bool is_ours() const { return !key.empty(); }
};

// The rounds under way, in memory and bounded: by registrationId and address, four of each, for five minutes.
// A restart forgets them, and leaves ask anew. Several, because whoever knows a leaf's public keys can ask
// for a challenge from the leaf's address, and must not put its round out. Pure. First loop only.
class TpmRounds {
 public:
  static constexpr std::size_t most_of_a_leaf = 4;
  static constexpr std::chrono::minutes lives{5};

  explicit TpmRounds(std::size_t capacity = 4'096) : rounds_(capacity), distrusted_(capacity) {}

  using Shared = std::shared_ptr<const TpmRound>;

  void open(const Attempt& attempt, TpmRound round, TimePoint now);
  [[nodiscard]] bool any(const Attempt& attempt, TimePoint now);

  // Which round a token ends. One of ours it is when the round's key has signed; else the newest of the
  // service's, with the keys that the attempt shows where it shows any. Without either the verdict is false:
  // tpm_proof_false, tpm_round_unknown, or what is wrong with the token itself. A token of ours is not older
  // than its round, whatever a clock says.
  struct Found {
    Shared round;
    SasVerdict verdict;  // of the service's round: not_checkable
  };
  [[nodiscard]] Found find(const Attempt& attempt, WallReading now, TimePoint loop_now);
  // A round of ours opens one registration.
  void spend(const Attempt& attempt, const Shared& round);
  // The service has ended its rounds with this leaf.
  void ended_there(const Source& source, const RegistrationId& id);

  // A round of ours could not be ended: the next challenge of this leaf is the service's.
  void distrust(const std::string& registration_key, TimePoint now) {
    distrusted_.put(registration_key, now + lives);
  }
  [[nodiscard]] bool distrusts(const std::string& registration_key, TimePoint now) const {
    const TimePoint* until = distrusted_.peek(registration_key);
    return until && now < *until;
  }
  void trust_again(const std::string& registration_key) { distrusted_.erase(registration_key); }

 private:
  using OfALeaf = std::vector<Shared>;  // oldest first
  OfALeaf* live(const Attempt& attempt, TimePoint now);

  LruMap<OfALeaf> rounds_;
  LruMap<TimePoint> distrusted_;
};

}  // namespace leafgate

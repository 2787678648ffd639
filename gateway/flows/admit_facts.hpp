#pragma once

#include <string>

#include "gateway/flows/admit.hpp"
#include "gateway/flows/judge_tpm.hpp"

namespace leafgate {

// How long a known leaf that knocked for the third time waits for the service's word.
constexpr Millis knock_patience = std::chrono::seconds(30);

// What is known of one attempt while it is decided. Only admit*.cpp see it.
struct Admission::Facts {
  explicit Facts(Attempt a) : attempt(std::move(a)) {}

  [[nodiscard]] bool proven() const {
    const Proof proof = judgement.verdict.proof;
    return !tpm.is_claim && (proof == Proof::good || proof == Proof::good_by_untrusted_clock);
  }

  // Of a leaf with a TPM.
  struct Tpm {
    TpmStep step = TpmStep::none;
    bool is_claim = false;  // its keys are public: whether it has the TPM to them is not known
    TpmKeys keys;
    std::optional<ShownTpm> shown;
    TpmRounds::Shared round;  // that its token ends
    crypto::Secret hub_key;   // what it will be told from cache; empty: nothing can

    // Node shows what it asks for only with its token.
    [[nodiscard]] bool is_bare(const std::string& request_digest) const {
      return step == TpmStep::asks && request_digest.empty();
    }
  };

  Attempt attempt;
  WallReading now;
  Ledger::IndividualEnrollment individual;
  Ledger::Groups groups;
  Judgement judgement;
  Situation situation;
  Decision decision;
  std::string request_digest;
  Ledger::Record record;  // null while nothing is known of an enrollment of it
  Tpm tpm;
  bool refused = false;  // and counted as that
  bool held = false;     // a false proof of a pair that is held: costs no line of the log
};

}  // namespace leafgate

#pragma once

#include <string>

#include "gateway/flows/admit.hpp"

namespace leafgate {

// What is known of one attempt while it is decided. Only admit*.cpp see it.
struct Admission::Facts {
  explicit Facts(Attempt a) : attempt(std::move(a)) {}

  [[nodiscard]] bool proven() const {
    const Proof proof = judgement.verdict.proof;
    return proof == Proof::good || proof == Proof::good_by_untrusted_clock;
  }

  Attempt attempt;
  WallReading now;
  Ledger::IndividualEnrollment individual;
  Ledger::Groups groups;
  Judgement judgement;
  Situation situation;
  Decision decision;
  std::string request_digest;
  Ledger::Record record;  // null while nothing is known of an enrollment of it
  bool held = false;      // a false proof of a pair that is held: costs no line of the log
};

}  // namespace leafgate

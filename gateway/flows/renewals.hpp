#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gateway/flows/forward.hpp"
#include "gateway/flows/policy.hpp"
#include "gateway/ports/sync_operator.hpp"

namespace leafgate {

// Keeps offline trust young: while the service is up and nothing else confirms, it is asked again about the
// leaves whose confirmation is oldest, within a tenth of the pace and behind everything else, so that an
// outage finds at least half of every leaf's trust unused (semantics §5). Only what a key held here can ask
// for: who registers by certificate, by TPM or with a payload must come itself. First loop only.
class Renewals {
 public:
  // All outlive it.
  struct Ports {
    Enrollments& enrollments;
    Registrations& registrations;
    Ledger& ledger;
    Forwarder& forwarder;
    PoweredMeter& meter;
    const Policy& policy;
    const Reason& doubt;  // of the store
  };

  Renewals(Executor loop, Ports ports) : ports_(ports), wakeup_(loop) {}

  // Whether something else confirms leaves, as a sync does: then nothing is asked and nothing walked through.
  void stand_back_while(std::function<bool()> confirmed_otherwise) {
    confirmed_otherwise_ = std::move(confirmed_otherwise);
  }

  // Until stop().
  Task<void> run();
  void stop();

  [[nodiscard]] Renewing standing() const;
  [[nodiscard]] std::uint64_t asked() const { return asked_; }
  // At the last walk: who was due, and who of them must come itself.
  [[nodiscard]] std::size_t due() const { return due_; }
  [[nodiscard]] std::size_t by_leaf_alone() const { return by_leaf_alone_; }

 private:
  struct Candidate {
    PoweredTime half_used{};  // when half of its trust is
    std::string key;
    bool operator<(const Candidate& other) const { return half_used < other.half_used; }
  };
  Task<Result<void>> walk();
  void weigh(const RegistrationRecord& record, const Enrollment* individual,
             const std::vector<Enrollment>& groups);
  Task<bool> ask(std::string key);
  [[nodiscard]] bool may_ask() const { return standing() == Renewing::asks; }

  Ports ports_;
  Wakeup wakeup_;
  std::function<bool()> confirmed_otherwise_;
  std::vector<Candidate> next_;  // while walked: a heap, the youngest on top; then the oldest last
  bool asked_of_walk_ = false;   // somebody, since the last walk
  std::uint64_t asked_ = 0;
  std::size_t due_ = 0;
  std::size_t by_leaf_alone_ = 0;
  bool stopping_ = false;
};

}  // namespace leafgate

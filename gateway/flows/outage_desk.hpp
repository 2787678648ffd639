#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/flows/audited.hpp"
#include "gateway/flows/census.hpp"
#include "gateway/flows/outages.hpp"
#include "gateway/ports/outage_operator.hpp"
#include "gateway/ports/self_test.hpp"

namespace leafgate {

class ForecastSum;
class Forwarder;

// Tells the engineer what an outage would mean, and what one came to. Lives on the first loop; may be asked
// from any.
class OutageDesk : public OutageOperator {
 public:
  // All outlive it.
  struct Ports {
    Enrollments& enrollments;
    Registrations& registrations;
    Ledger& ledger;
    const Census& census;
    Reconciliations& reconciliations;
    Audited audited;
    Outages* outages = nullptr;  // told what was cleared; null: nobody is
    // Those that leaves are shown, asked on the first loop; none where it is not known what the time is.
    std::function<std::vector<ShownCertificate>()> certificates = {};
    Forwarder* forwarder = nullptr;                // null: nothing waits for the service, and it is there
    std::function<TurnedAway()> turned_away = {};  // asked there too, whatever the time is
  };

  OutageDesk(Executor first_loop, Ports ports) : first_loop_(first_loop), ports_(std::move(ports)) {}

  // Who goes through all leaves goes no further. First loop.
  void stop() { stopping_ = true; }

  Task<LinkState> uplink() override;
  Task<Result<Forecast>> what_if(WhatIfQuestion question) override;
  Task<Result<OutcomePage>> outcomes(PromiseFilter filter) override;
  Task<Result<std::optional<Promise>>> promise(RegistrationId id) override;
  Task<Result<std::size_t>> clear_outcomes(std::optional<PromiseState> state, Actor who) override;

 private:
  Task<Result<Forecast>> what_if_here(WhatIfQuestion question);
  [[nodiscard]] Forecast told(ForecastSum sum) const;
  Task<Result<OutcomePage>> outcomes_here(PromiseFilter filter);
  Task<Result<std::optional<Promise>>> promise_here(RegistrationId id);
  void add_what_holds_back(Promise& promise) const;
  Task<Result<std::size_t>> clear_here(std::optional<PromiseState> state, Actor who);
  Task<Result<void>> clear(std::optional<PromiseState> state, std::size_t& cleared);

  Executor first_loop_;
  Ports ports_;
  bool stopping_ = false;
};

}  // namespace leafgate

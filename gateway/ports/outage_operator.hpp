#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/reconciliations.hpp"

namespace leafgate {

// Leaves that would not be answered, by the same reason.
struct NotAnswered {
  Reason reason = Reason::none;
  std::size_t count = 0;
  std::vector<std::string> first;  // a few of them, in order of registrationId
};

// What would come of it if the uplink went now and stayed away for so long.
struct Forecast {
  Millis span{};
  std::size_t all = 0;                    // leaves known
  std::size_t answered = 0;               // of them, at the end of the span
  std::vector<NotAnswered> not_answered;  // the most first
  // How many are answered so long after the beginning; the first is now, the last at the end of the span.
  struct Step {
    Millis after{};
    std::size_t answered = 0;
  };
  std::vector<Step> timeline;
  // The next one that drops out within the span, and when; none drops out where `next_id` is empty.
  std::string next_id;
  Millis next_after{};
};

struct WhatIfQuestion {
  Millis span{};
  std::string leaf;  // this one alone; empty: all
};

struct OutcomePage {
  std::vector<Promise> rows;
  std::string next;  // give it as `after`; empty at the end
  PromiseCounts counts;
  std::vector<Outage> outages;  // oldest first
};

// Inward: what an outage would mean, and what one came to. Any loop; answers on the caller's.
class OutageOperator {
 public:
  virtual ~OutageOperator() = default;
  // Errors: not_found (no such leaf), the store's.
  virtual Task<Result<Forecast>> what_if(WhatIfQuestion question) = 0;
  virtual Task<Result<OutcomePage>> outcomes(PromiseFilter filter) = 0;
  virtual Task<Result<std::optional<Promise>>> promise(RegistrationId id) = 0;
  // See Reconciliations::clear. Stands in the audit log before it is done.
  virtual Task<Result<std::size_t>> clear_outcomes(std::optional<PromiseState> state, Actor who) = 0;
};

}  // namespace leafgate

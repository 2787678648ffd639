#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/flows/decide.hpp"
#include "gateway/ports/outage_operator.hpp"

namespace leafgate {

// Sums up, leaf by leaf in order of registrationId, what an outage of this span would mean. Pure.
class ForecastSum {
 public:
  explicit ForecastSum(Millis span);

  // What it would be told now and at the end, and, where that can run out, for how long from now it is
  // answered.
  void add(const std::string& registration_id, const Decision& now, const Decision& at_end,
           std::optional<Millis> answered_for);
  [[nodiscard]] Forecast forecast() &&;

 private:
  void not_answered(const std::string& registration_id, Reason reason);

  Forecast sum_;
};

}  // namespace leafgate

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/flows/census.hpp"
#include "gateway/ports/outage_operator.hpp"

namespace leafgate {

// Sums up, leaf by leaf in order of registrationId, what an outage of this span would mean. Pure.
class ForecastSum {
 public:
  explicit ForecastSum(Millis span);

  void add(const std::string& registration_id, const Outlook& outlook);
  [[nodiscard]] Forecast forecast() &&;

 private:
  void not_answered(const std::string& registration_id, Reason reason, const ProofEnd& end);
  void drops_out(const std::string& registration_id, const Outlook& outlook);

  Forecast sum_;
};

}  // namespace leafgate

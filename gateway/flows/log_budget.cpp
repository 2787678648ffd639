#include "gateway/flows/log_budget.hpp"

#include <utility>

#include "gateway/flows/source_key.hpp"

namespace leafgate {

std::optional<std::uint64_t> LogBudget::line(std::string_view source, TimePoint now) {
  const std::string key = source_key(source);
  Account* known = sources_.find(key);
  Account& account =
      known ? *known
            : sources_.put(key, Account{TokenBucket(limits_.per_second_of_source, limits_.burst_of_source)});
  if (!account.bucket.take(now) || !all_.take(now)) {
    ++account.left_out;
    return std::nullopt;
  }
  return std::exchange(account.left_out, 0);
}

}  // namespace leafgate

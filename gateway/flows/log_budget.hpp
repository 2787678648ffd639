#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gateway/flows/lru.hpp"
#include "gateway/runtime/rate.hpp"

namespace leafgate {

// How many lines of the log strangers may cause: a few per source, and not too many in all, so that the log
// of a flash disk survives a night of a hostile or only a stubborn neighbour. Pure; time is passed in.
class LogBudget {
 public:
  struct Limits {
    double per_second_of_source = 0.1;
    double burst_of_source = 10;
    double per_second = 10;
    double burst = 200;
    std::size_t sources = 1'024;
  };

  LogBudget() : LogBudget(Limits{}) {}
  explicit LogBudget(const Limits& limits)
      : limits_(limits), all_(limits.per_second, limits.burst), sources_(limits.sources) {}

  // Whether a line may be written: then how many of this source were left out since its last one.
  [[nodiscard]] std::optional<std::uint64_t> line(std::string_view source, TimePoint now);

 private:
  struct Account {
    TokenBucket bucket;
    std::uint64_t left_out = 0;
  };

  Limits limits_;
  TokenBucket all_;
  LruMap<Account> sources_;
};

}  // namespace leafgate

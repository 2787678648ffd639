#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "gateway/ports/registrar.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// What leaves asked for that could not be judged yet (semantics §3, row 3a): kept in memory until the poll at
// which they are, because a poll does not say it again and no SDK registers anew when a poll knows nothing.
// Nobody has proved anything yet, so a request counts only together with the token it came with. Time is
// passed in and must not go back.
class PendingRequests {
 public:
  struct Limits {
    std::size_t requests = 4'096;
    std::size_t per_source = 256;
    std::size_t per_leaf = 4;  // of one id from one source, with different tokens
    std::size_t octets = 16 * 1024 * 1024;
    std::size_t octets_per_source = 1024 * 1024;
    std::chrono::seconds leaf_gone{60};  // that does not poll
    std::chrono::seconds look_again{
        1};  // for those: a flood that finds no room must not search all each time
  };

  PendingRequests() : PendingRequests(Limits{}) {}
  explicit PendingRequests(const Limits& limits) : limits_(limits) {}

  // False: there is no room; the leaf must not be promised anything. `lives`: its token is not expired.
  [[nodiscard]] bool keep(const Attempt& attempt, bool lives, TimePoint now);
  // The leaf polls: what it asked for is kept on.
  void heard(const Attempt& poll, TimePoint now);
  // What this leaf asked for from the source of its poll: with the very token of the poll, else the newest
  // with a token that `is_good`, for there are clients that sign each request anew. Null: nothing.
  [[nodiscard]] const Attempt* find(const Attempt& poll,
                                    const std::function<bool(const Attempt&)>& is_good) const;
  // Whether this very token lived when it came with a request that is kept.
  [[nodiscard]] bool lived(const Attempt& poll) const;
  // It was taken up, or is over.
  void forget(const Attempt& poll);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t octets() const { return octets_; }

 private:
  struct Entry {
    Attempt attempt;
    bool lives;
    std::size_t octets;
    TimePoint last_seen;
  };
  struct Account {
    std::size_t requests = 0;
    std::size_t octets = 0;
  };
  using Entries = std::list<Entry>;  // of one id and source, the oldest first

  [[nodiscard]] const Entry* exactly(const Attempt& attempt) const;
  [[nodiscard]] bool has_room(const std::string& source, std::size_t octets) const;
  void drop(const std::string& key, const std::function<bool(const Entry&)>& which);
  void drop_gone(TimePoint now);

  Limits limits_;
  std::map<std::string, Entries> kept_;  // by source and id
  std::map<std::string, Account> accounts_;
  std::size_t size_ = 0;
  std::size_t octets_ = 0;
  std::optional<TimePoint> looked_;  // when gone ones were last searched for
};

}  // namespace leafgate

#pragma once

#include <deque>
#include <set>

#include "gateway/ports/events.hpp"

namespace leafgate {

// The last events in memory, for those who watch. First loop only.
class Events : public EventSink, public EventFeed {
 public:
  static constexpr std::size_t kept = 1024;

  void tell(Event event) override;

  [[nodiscard]] Batch after(std::uint64_t number, std::size_t limit) const override;
  [[nodiscard]] std::uint64_t newest() const override { return newest_; }
  void attach(Wakeup& watcher) override { watchers_.insert(&watcher); }
  void detach(Wakeup& watcher) override { watchers_.erase(&watcher); }
  [[nodiscard]] std::size_t watchers() const override { return watchers_.size(); }

 private:
  std::deque<Event> events_;  // numbers without gaps, the newest last
  std::uint64_t newest_ = 0;
  std::set<Wakeup*> watchers_;
};

}  // namespace leafgate

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/model/reason.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// attempt: a leaf registered or polled; door: a source failed before that; settled: the service's word is
// stored; link: the way to the service came or went; change: an operator did something.
enum class EventKind { attempt, door, settled, link, change };
[[nodiscard]] std::string_view to_text(EventKind kind);

// Something that an engineer who watches may want to see.
struct Event {
  std::uint64_t number = 0;  // given by the feed, from 1, without gaps
  WallTime at{};
  EventKind kind = EventKind::attempt;
  std::string registration_id;  // empty when it concerns no leaf
  std::string object;           // of a change: what it was done to, as the audit log has it
  std::string source;           // address; empty when there is none
  Reason reason = Reason::none;
  std::string step;
  std::string detail;  // unescaped
};

// Where flows tell events. First loop only; returns at once; bounded memory.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void tell(Event event) = 0;
};

// What whoever watches reads: the last so many events. First loop only.
class EventFeed {
 public:
  virtual ~EventFeed() = default;
  struct Batch {
    std::vector<Event> events;
    std::uint64_t lost = 0;  // events after `number` that are not kept any more
    std::uint64_t next = 0;  // give it as `number` next time
  };
  // What came after the event of this number, oldest first, at most `limit`.
  [[nodiscard]] virtual Batch after(std::uint64_t number, std::size_t limit) const = 0;
  [[nodiscard]] virtual std::uint64_t newest() const = 0;
  // From attach to detach each new event notifies it.
  virtual void attach(Wakeup& watcher) = 0;
  virtual void detach(Wakeup& watcher) = 0;
  [[nodiscard]] virtual std::size_t watchers() const = 0;
};

}  // namespace leafgate

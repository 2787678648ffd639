#include "gateway/flows/events.hpp"

#include <algorithm>

#include "gateway/flows/notes.hpp"

namespace leafgate {

void Events::tell(Event event) {
  event.number = ++newest_;
  event.detail.resize(std::min(event.detail.size(), detail_kept));
  events_.push_back(std::move(event));
  if (events_.size() > kept) events_.pop_front();
  for (Wakeup* watcher : watchers_) watcher->notify();
}

EventFeed::Batch Events::after(std::uint64_t number, std::size_t limit) const {
  Batch out;
  // A number of another run of the daemon: everything of this one is new.
  if (number > newest_) number = 0;
  const std::uint64_t before_oldest = newest_ - events_.size();
  if (number < before_oldest) {
    out.lost = before_oldest - number;
    number = before_oldest;
  }
  const auto first = static_cast<std::size_t>(number - before_oldest);
  const std::size_t end = std::min(events_.size(), first + limit);
  for (std::size_t i = first; i < end; ++i) out.events.push_back(events_[i]);
  out.next = number + out.events.size();
  return out;
}

}  // namespace leafgate

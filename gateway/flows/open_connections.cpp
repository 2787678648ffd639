#include "gateway/flows/open_connections.hpp"

#include <algorithm>

namespace leafgate {

void OpenConnections::note(const std::shared_ptr<Presence>& presence, const Shown& shown) {
  if (!presence) return;
  const auto known = open_.find(presence.get());
  const bool is_known = known != open_.end() && known->second.presence.lock() == presence;
  if (is_known && known->second.shown.id == shown.id) {
    // What it showed before, it has still shown.
    if (shown.chain) known->second.shown.chain = shown.chain;
    if (!shown.endorsement_key.empty()) known->second.shown.endorsement_key = shown.endorsement_key;
    return;
  }
  if (known == open_.end() && open_.size() >= next_look_) forget_the_gone();
  open_[presence.get()] = Entry{presence, shown};
}

std::size_t OpenConnections::end_those(const std::function<bool(const Shown&)>& which) {
  std::size_t ended = 0;
  forget_the_gone();
  for (const auto& [address, entry] : open_) {
    const std::shared_ptr<Presence> presence = entry.presence.lock();
    if (!presence || presence->taken() || !which(entry.shown)) continue;
    presence->take_over();
    ++ended;
  }
  return ended;
}

// Each entry is looked at once per doubling, so that a connection's end costs nothing by itself.
void OpenConnections::forget_the_gone() {
  std::erase_if(open_, [](const auto& entry) { return entry.second.presence.expired(); });
  constexpr std::size_t least = 1'024;
  next_look_ = std::max(least, 2 * open_.size());
}

}  // namespace leafgate

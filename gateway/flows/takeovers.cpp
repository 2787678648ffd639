#include "gateway/flows/takeovers.hpp"

#include <algorithm>

namespace leafgate {

Takeovers::Claim Takeovers::claim(const std::string& id, const std::shared_ptr<Presence>& mine,
                                  const std::string& address, TimePoint now) {
  Claim claim;
  if (!mine) return claim;
  claim.stands = !mine->taken();
  if (!claim.stands) return claim;
  if (holders_.size() >= next_look_) forget_the_gone();
  Holder& holder = holders_[id];
  const std::shared_ptr<Presence> other = holder.presence.lock();
  if (other == mine) return claim;
  if (other && !other->taken()) {
    other->take_over();
    claim.took_over = true;
    claim.from = holder.address;
    Recent* known = recent_.find(id);
    Recent& recent = known ? *known : recent_.put(id, Recent());
    if (recent.count == 0 || now - recent.since > std::chrono::minutes(1)) recent = Recent{now, 0, 0, {}};
    claim.in_a_minute = ++recent.count;
    if (address != holder.address) note_move(recent, holder.address, address);
    claim.two_places = recent.returns >= many;
  }
  holder.presence = mine;
  holder.address = address;
  return claim;
}

void Takeovers::note_move(Recent& recent, const std::string& from, const std::string& to) {
  constexpr std::size_t places_kept = 4;
  const auto knows = [&recent](const std::string& place) {
    return std::find(recent.places.begin(), recent.places.end(), place) != recent.places.end();
  };
  if (knows(to)) ++recent.returns;
  for (const std::string* place : {&from, &to})
    if (!knows(*place) && recent.places.size() < places_kept) recent.places.push_back(*place);
}

// Each entry is looked at once per doubling, so that a connection's end costs nothing by itself.
void Takeovers::forget_the_gone() {
  std::erase_if(holders_, [](const auto& entry) { return entry.second.presence.expired(); });
  constexpr std::size_t least = 1'024;
  next_look_ = std::max(least, 2 * holders_.size());
}

}  // namespace leafgate

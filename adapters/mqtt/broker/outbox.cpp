#include "adapters/mqtt/broker/outbox.hpp"

#include <algorithm>
#include <utility>

namespace leafgate::broker {

void Outbox::add(Outgoing message, TimePoint now) {
  octets_ += message.payload.size();
  entries_.push_back({++last_id_, now, false, std::move(message)});
  while (entries_.size() > limits_.messages || octets_ > limits_.octets) drop_first();
}

std::optional<Outbox::Next> Outbox::next() {
  std::size_t under_way = 0;
  for (Entry& entry : entries_) {
    if (entry.under_way) {
      if (++under_way >= limits_.window) return std::nullopt;
      continue;
    }
    entry.under_way = true;
    return Next{entry.id, entry.message};
  }
  return std::nullopt;
}

bool Outbox::done(std::uint64_t id) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [id](const Entry& entry) { return entry.id == id; });
  if (found == entries_.end() || !found->under_way) return false;
  octets_ -= found->message.payload.size();
  entries_.erase(found);
  return true;
}

void Outbox::put_back() {
  for (Entry& entry : entries_) entry.under_way = false;
}

void Outbox::look(TimePoint now) {
  while (!entries_.empty() && entries_.front().since + hold_ <= now) drop_first();
}

void Outbox::drop_first() {
  octets_ -= entries_.front().message.payload.size();
  entries_.pop_front();
  ++dropped_;
}

}  // namespace leafgate::broker

#include "adapters/link/conversations.hpp"

#include <algorithm>

namespace leafgate::link {

bool Conversations::is_over(const Conversation& c, TimePoint now) {
  if (c.busy || c.signing.open) return false;
  if (c.step == Conversation::Step::challenged) return now - c.challenged_at > proof_within;
  return now - c.last_heard > silent;
}

template <class IsOne, class MayGo>
bool Conversations::make_room(std::size_t limit, IsOne is_one, MayGo may_go) {
  const auto there = std::count_if(all_.begin(), all_.end(), is_one);
  if (static_cast<std::size_t>(there) < limit) return true;
  const auto oldest =
      std::find_if(all_.begin(), all_.end(), [&](const Shared& c) { return is_one(c) && may_go(c); });
  if (oldest == all_.end()) return false;
  all_.erase(oldest);
  return true;
}

bool Conversations::add(const Shared& conversation, TimePoint now) {
  const auto is_same_way = [&](const Shared& c) { return c->carrier == conversation->carrier; };
  const auto is_same_kind = [transport = conversation->carrier->source().transport](const Shared& c) {
    return c->carrier->source().transport == transport;
  };
  const auto may_go = [&](const Shared& c) {
    return !c->busy && !c->signing.open &&
           (c->step != Conversation::Step::challenged || !c->carrier->is_there());
  };
  if (!make_room(most_of_a_carrier, is_same_way, may_go)) return false;
  if (!make_room(most, is_same_kind, may_go)) return false;
  conversation->last_heard = now;
  all_.push_back(conversation);
  return true;
}

void Conversations::end(Shared conversation) {
  conversation->signing.over = true;
  conversation->signing.answered.notify();
  all_.remove(conversation);
}

void Conversations::proved(const RegistrationId& id) {
  for (const Shared& c : all_)
    if (c->step == Conversation::Step::challenged && c->id == id) c->excused = true;
}

void Conversations::lost(const LeafCarrier& carrier) {
  for (const Shared& c : all_)
    if (c->carrier.get() == &carrier) c->signing.answered.notify();
}

}  // namespace leafgate::link

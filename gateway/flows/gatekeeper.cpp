#include "gateway/flows/gatekeeper.hpp"

#include <algorithm>

#include "gateway/runtime/log.hpp"

namespace leafgate {

Task<void> Gatekeeper::write_contest(std::string id) {
  const Contest* contest = denied.contested(id);
  if (contest == nullptr || !write_ || unwritten_.erase(id) == 0) co_return;
  Contest copy = *contest;
  auto written = co_await write_(std::move(copy));
  if (written) co_return;
  if (denied.contested(id) != nullptr) unwritten_.insert(id);
  log::warning("that a leaf is held was not stored: a restart lets it go on",
               {{"registration_id", id}, {"detail", written.error().detail}});
}

// Also those in two places of which nothing was heard since the start.
std::size_t Gatekeeper::held_for(Reason reason) const {
  const std::size_t listed = held.count(reason);
  return reason == Reason::two_places_at_once ? std::max(listed, denied.contests().size()) : listed;
}

WallTime Gatekeeper::held_since(Reason reason) const {
  WallTime out = held.since(reason);
  if (reason != Reason::two_places_at_once) return out;
  for (const auto& [id, contest] : denied.contests())
    if (out == WallTime{} || contest.since < out) out = contest.since;
  return out;
}

}  // namespace leafgate

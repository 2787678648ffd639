// When a leaf is told to come again (semantics §6).
#include <algorithm>

#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/replies.hpp"
#include "gateway/flows/spread.hpp"

namespace leafgate {
namespace {

// Doors end the connection of who has proved nothing 30 s after its request.
constexpr Millis unproven_patience = std::chrono::seconds(20);

}  // namespace

// By what it waits for: its turn, or the service to come back. Everything else is over in a moment.
Seconds Admission::when_again(const Facts& facts, const Answer& answer) {
  if (answer.retry_after <= Seconds(0)) return answer.retry_after;
  constexpr int accepted = 202;
  const std::string& key = facts.attempt.id.key();
  Millis expected = answer.retry_after;
  const OpenOperation* open = facts.proven() ? forwarder_.operations().find(key) : nullptr;
  const bool is_cached = answer.operation && operation_ids_.is_cached(key, *answer.operation);
  const bool waits_in_memory =
      facts.decision.action == Action::wait_unwritten && facts.judgement.verdict.proof != Proof::pending;
  if (answer.status == accepted && open != nullptr && open->durable && !is_cached) {
    expected = forwarder_.expected_wait(*open);
    if (open->row.reason == Reason::keeps_coming_back) expected = std::min(expected, knock_patience);
  } else if (answer.reason == Reason::needs_service || (answer.status == accepted && waits_in_memory)) {
    expected = std::max(expected, forwarder_.away());
  }
  if (!answer.proven) expected = std::min(expected, unproven_patience);
  const bool is_spread = expected > forwarded_retry;
  return spread(facts.attempt.family, expected, is_spread ? ports_.random.below(1'000'000) : 0);
}

}  // namespace leafgate

#include "gateway/flows/false_proofs.hpp"

#include <algorithm>

#include "gateway/flows/source_key.hpp"

namespace leafgate {
namespace {

std::string key_of(std::string_view source, std::string_view id) {
  std::string key = source_key(source);
  key += ' ';
  key += id;
  return key;
}

}  // namespace

bool FalseProofs::failed(std::string_view source, std::string_view claimed_id, TimePoint now) {
  const std::string key = key_of(source, claimed_id);
  Pair* known = pairs_.find(key);
  Pair& pair = known ? *known : pairs_.put(key, Pair());
  if (now < pair.held_until) return true;
  if (known && now - std::max(pair.last, pair.held_until) > limits_.forgotten_after) pair = Pair();
  pair.last = now;
  if (++pair.failures < limits_.before_hold) return false;
  const LoopClock::duration longest = limits_.longest_hold;
  const LoopClock::duration first = limits_.first_hold;
  pair.hold = std::min(longest, pair.hold > first.zero() ? 2 * pair.hold : first);
  pair.held_until = now + pair.hold;
  return false;
}

bool FalseProofs::holds(std::string_view source, std::string_view claimed_id, TimePoint now) const {
  const Pair* known = pairs_.peek(key_of(source, claimed_id));
  return known != nullptr && now < known->held_until;
}

bool FalseProofs::doubts(std::string_view source, std::string_view claimed_id, TimePoint now) const {
  const Pair* known = pairs_.peek(key_of(source, claimed_id));
  return known != nullptr && now - std::max(known->last, known->held_until) <= limits_.forgotten_after;
}

void FalseProofs::proved(std::string_view source, std::string_view id) {
  if (pairs_.size() > 0) pairs_.erase(key_of(source, id));
}

}  // namespace leafgate

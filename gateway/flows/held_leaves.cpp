#include "gateway/flows/held_leaves.hpp"

#include <algorithm>
#include <set>

#include "gateway/flows/source_key.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::hours kept_when_full{1};
constexpr std::chrono::seconds search_again{10};  // a flood that finds no room must not search all each time

std::string beginning(std::string_view registration_key) { return std::string(registration_key) + '\n'; }

std::string beginning(std::string_view registration_key, std::string_view owner) {
  return beginning(registration_key).append(owner) + '\n';
}

}  // namespace

bool HeldLeaves::note(const HeldLeaf& leaf, TimePoint now) {
  const std::string owner = source_key(leaf.source);
  const std::string key = beginning(ascii_lower(leaf.registration_id), owner) + leaf.fingerprint;
  auto found = leaves_.find(key);
  if (found != leaves_.end()) {
    HeldLeaf& known = found->second.leaf;
    const bool is_new = known.reason != leaf.reason;
    const WallTime since = is_new ? leaf.since : known.since;
    const std::uint64_t times = is_new ? 1 : known.times + 1;
    known = leaf;
    known.since = since;
    known.times = times;
    found->second.last = now;
    return is_new;
  }
  const bool is_full = leaves_.size() >= most || held_by_[owner] >= most_of_a_source;
  if (is_full && now >= look_again_) {
    look_again_ = now + search_again;
    forget_the_gone(now, kept_when_full);
  }
  if (leaves_.size() >= most || held_by_[owner] >= most_of_a_source) {
    if (held_by_[owner] == 0) held_by_.erase(owner);
    ++not_listed_;
    return false;
  }
  ++held_by_[owner];
  Entry& entry = leaves_.emplace(key, Entry{leaf, owner, now}).first->second;
  entry.leaf.times = 1;
  return true;
}

void HeldLeaves::erase(std::map<std::string, Entry>::iterator at) {
  const auto count = held_by_.find(at->second.owner);
  if (--count->second == 0) held_by_.erase(count);
  leaves_.erase(at);
}

void HeldLeaves::forget(std::string_view registration_key) {
  const std::string prefix = beginning(registration_key);
  for (auto at = leaves_.lower_bound(prefix); at != leaves_.end() && at->first.starts_with(prefix);)
    erase(at++);
}

void HeldLeaves::settled(std::string_view registration_key, std::string_view address,
                         std::string_view fingerprint) {
  if (leaves_.empty()) return;
  const std::string prefix = beginning(registration_key, source_key(address));
  for (auto at = leaves_.lower_bound(prefix); at != leaves_.end() && at->first.starts_with(prefix);) {
    const auto here = at++;
    const HeldLeaf& leaf = here->second.leaf;
    if (leaf.reason != Reason::credential_swapped || leaf.fingerprint == fingerprint) erase(here);
  }
}

void HeldLeaves::forget_the_gone(TimePoint now, std::chrono::hours after) {
  for (auto at = leaves_.begin(); at != leaves_.end();) {
    const auto here = at++;
    if (now - here->second.last > after) erase(here);
  }
}

std::vector<HeldLeaf> HeldLeaves::all(TimePoint now) {
  forget_the_gone(now, kept);
  std::vector<HeldLeaf> out;
  for (const auto& [key, entry] : leaves_) out.push_back(entry.leaf);
  std::stable_sort(out.begin(), out.end(),
                   [](const HeldLeaf& a, const HeldLeaf& b) { return a.since < b.since; });
  return out;
}

std::vector<HeldLeaf> HeldLeaves::of(std::string_view registration_key) const {
  std::vector<HeldLeaf> out;
  const std::string prefix = beginning(registration_key);
  for (auto at = leaves_.lower_bound(prefix); at != leaves_.end() && at->first.starts_with(prefix); ++at)
    out.push_back(at->second.leaf);
  return out;
}

WallTime HeldLeaves::since(Reason reason) const {
  WallTime out{};
  for (const auto& [key, entry] : leaves_) {
    if (entry.leaf.reason != reason) continue;
    if (out == WallTime{} || entry.leaf.since < out) out = entry.leaf.since;
  }
  return out;
}

std::size_t HeldLeaves::count(Reason reason) const {
  std::set<std::string> ids;
  for (const auto& [key, entry] : leaves_)
    if (entry.leaf.reason == reason) ids.insert(ascii_lower(entry.leaf.registration_id));
  return ids.size();
}

}  // namespace leafgate

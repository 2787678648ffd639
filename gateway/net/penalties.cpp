#include "gateway/net/penalties.hpp"

#include <algorithm>

namespace leafgate::net {
namespace {

constexpr std::chrono::seconds between_tellings(10);

}  // namespace

Penalties::Entry* Penalties::Table::find(std::uint64_t source) {
  const auto found = index_.find(source);
  return found == index_.end() ? nullptr : &*found->second;
}

const Penalties::Entry* Penalties::Table::find(std::uint64_t source) const {
  const auto found = index_.find(source);
  return found == index_.end() ? nullptr : &*found->second;
}

Penalties::Entry& Penalties::Table::touch(std::uint64_t source, std::size_t most) {
  const auto found = index_.find(source);
  if (found != index_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front();
  }
  if (entries_.size() >= most) {
    index_.erase(entries_.back().source);
    entries_.pop_back();
  }
  entries_.push_front(Entry{source, TimePoint(), TimePoint(), false});
  index_.emplace(source, entries_.begin());
  return entries_.front();
}

Millis Penalties::weight(Kind kind) const {
  switch (kind) {
    case Kind::bad_tls:
      return limits_.bad_tls;
    case Kind::authentication:
      return limits_.authentication;
    case Kind::timeout:
      return limits_.timeout;
    case Kind::decoder:
      return limits_.decoder;
  }
  return limits_.bad_tls;
}

void Penalties::failed(std::uint64_t source, Kind kind, TimePoint now) {
  const std::lock_guard lock(mutex_);
  Entry& entry = failed_.touch(source, limits_.sources);
  if (entry.until <= now) {
    entry.until = now;
    entry.acting = false;
  }
  entry.until = std::min<TimePoint>(entry.until + weight(kind), now + limits_.longest);
  if (entry.until - now >= limits_.threshold) entry.acting = true;
  penalised_ = failed_.size();
}

void Penalties::verified(std::uint64_t source, TimePoint now) {
  const std::lock_guard lock(mutex_);
  verified_.touch(source, limits_.sources).until = now + limits_.trust;
}

bool Penalties::trusted(std::uint64_t source, TimePoint now) const {
  const Entry* entry = verified_.find(source);
  return entry != nullptr && now < entry->until;
}

bool Penalties::trusts(std::uint64_t source, TimePoint now) const {
  const std::lock_guard lock(mutex_);
  return trusted(source, now);
}

Penalties::Treatment Penalties::treatment(std::uint64_t source, TimePoint now) const {
  if (penalised_ == 0) return Treatment::welcome;
  const std::lock_guard lock(mutex_);
  const Entry* entry = failed_.find(source);
  if (entry == nullptr || !entry->acting || now >= entry->until) return Treatment::welcome;
  return trusted(source, now) ? Treatment::slowed : Treatment::held;
}

bool Penalties::should_tell(std::uint64_t source, TimePoint now) {
  const std::lock_guard lock(mutex_);
  Entry* entry = failed_.find(source);
  if (entry == nullptr || now < entry->told) return false;
  entry->told = now + between_tellings;
  return true;
}

}  // namespace leafgate::net

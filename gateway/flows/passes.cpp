#include "gateway/flows/passes.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "gateway/flows/source_key.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

std::string sighting_key(std::string_view hub, std::string_view address) {
  return std::string(address) + ' ' + ascii_lower(hub);
}

}  // namespace

bool Passes::Claim::is_of(std::string_view id) const { return equal_ignoring_case(who->claimed_id, id); }

std::optional<std::string> Passes::take(std::string_view address,
                                        const std::shared_ptr<Presence>& connection) {
  if (!service_up_) return std::nullopt;
  const TimePoint now = LoopClock::now();
  const std::lock_guard lock(mutex_);
  Grant* grant = grants_.find(address);
  if (grant == nullptr) return std::nullopt;
  if (grant->left == 0 || now >= grant->until) {
    grants_.erase(address);
    return std::nullopt;
  }
  --grant->left;
  // Several leaves may share the address: who was let through least is most likely still to come.
  const auto claim = std::min_element(grant->claims.begin(), grant->claims.end(),
                                      [](const Claim& a, const Claim& b) { return a.taken < b.taken; });
  ++claim->taken;
  Travellers may_be;
  for (const Claim& one : grant->claims) may_be.push_back(one.who);
  connections_.note(connection, address, std::move(may_be));
  return claim->who->claimed_id;
}

void Passes::grant(std::string_view address, std::string_view claimed_id, Marks marks) {
  if (marks.id.empty()) marks.id = ascii_lower(claimed_id);
  Traveller who{std::string(claimed_id), std::move(marks)};
  const std::string network = source_key(address);
  const TimePoint now = LoopClock::now();
  const std::lock_guard lock(mutex_);
  Grant* known = grants_.find(address);
  Grant& grant = known != nullptr ? *known : grants_.put(address, network, Grant());
  if (now >= grant.until) grant.claims.clear();
  grant.left = connections;
  grant.until = now + lifetime;
  std::erase_if(grant.claims, [&](const Claim& claim) { return claim.is_of(claimed_id); });
  if (grant.claims.size() >= most_claims) grant.claims.erase(grant.claims.begin());
  grant.claims.push_back(Claim{std::make_shared<const Traveller>(std::move(who)), 0});
}

void Passes::take_back(std::string_view address, std::string_view claimed_id) {
  const std::lock_guard lock(mutex_);
  Grant* grant = grants_.find(address);
  if (grant == nullptr) return;
  std::erase_if(grant->claims, [&](const Claim& claim) { return claim.is_of(claimed_id); });
  if (grant->claims.empty()) grants_.erase(address);
}

Travellers Passes::granted() const {
  Travellers out;
  const std::lock_guard lock(mutex_);
  for (const std::string& address : grants_.keys())
    for (const Claim& claim : grants_.peek(address)->claims) out.push_back(claim.who);
  return out;
}

// Judged outside of the lock, which every ClientHello waits for. Grants first: who takes one until then is
// among the open ones when those are looked at.
std::size_t Passes::revoke(const std::function<bool(const Marks&)>& which) {
  Travellers out = granted();
  std::erase_if(out, [&which](const auto& who) { return !which(who->marks); });
  const std::set<std::shared_ptr<const Traveller>> barred(out.begin(), out.end());
  std::vector<PassedConnections::Open> open;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& address : grants_.keys()) {
      const auto& claims = grants_.peek(address)->claims;
      const auto is_barred = [&barred](const Claim& claim) { return barred.contains(claim.who); };
      if (std::any_of(claims.begin(), claims.end(), is_barred)) grants_.erase(address);
    }
    open = connections_.open();
  }
  for (const auto& who : barred)
    log::notice("a leaf that is kept out may not go through to the service any more",
                {{"registration_id", who->claimed_id}});
  std::size_t ended = 0;
  for (const PassedConnections::Open& one : open) {
    const auto found = std::find_if(one.may_be.begin(), one.may_be.end(),
                                    [&which](const auto& who) { return which(who->marks); });
    if (found == one.may_be.end() || one.connection->taken()) continue;
    one.connection->take_over();
    ++ended;
    log::notice("a connection to the service was ended: its leaf is kept out",
                {{"registration_id", (*found)->claimed_id},
                 {"peer", one.address},
                 {"others_of_that_address", one.may_be.size() - 1}});
  }
  return ended;
}

void Passes::shown(std::shared_ptr<Presence> connection, std::string address,
                   crypto::Certificate certificate) {
  boost::asio::post(first_loop_, [this, connection = std::move(connection), address = std::move(address),
                                  certificate = std::move(certificate)]() mutable {
    if (on_shown_) on_shown_(std::move(connection), std::move(address), std::move(certificate));
  });
}

void Passes::recognise(const std::shared_ptr<Presence>& connection, std::string_view address, Traveller who) {
  auto shared = std::make_shared<const Traveller>(std::move(who));
  const std::lock_guard lock(mutex_);
  connections_.recognise(connection, address, std::move(shared));
}

void Passes::symmetric_verified(std::string_view address) {
  shared_.put(address, source_key(address), LoopClock::now() + shared_for);
  const std::lock_guard lock(mutex_);
  grants_.erase(address);
}

bool Passes::is_shared(std::string_view address) const {
  const TimePoint* until = shared_.peek(address);
  return until != nullptr && LoopClock::now() < *until;
}

bool Passes::handed_out(std::string_view hub) const {
  const std::lock_guard lock(mutex_);
  return hubs_.contains(hub);
}

std::vector<std::string> Passes::hubs() const {
  const std::lock_guard lock(mutex_);
  return {hubs_.begin(), hubs_.end()};
}

void Passes::hand_out(std::string_view hub) {
  if (!hubs_matter_) return;
  std::string name = ascii_lower(hub);
  const std::lock_guard lock(mutex_);
  if (hubs_.size() < most_hubs) hubs_.insert(std::move(name));
}

void Passes::set_hubs_matter(bool matter) {
  hubs_matter_ = matter;
  if (matter) return;
  const std::lock_guard lock(mutex_);
  hubs_.clear();
}

Task<Result<void>> Passes::load(Registrations& registrations) {
  if (!hubs_matter_) co_return Result<void>();
  auto stored = co_await registrations.hubs();
  if (!stored) co_return stored.error();
  for (const std::string& hub : *stored) hand_out(hub);
  log::info("hubs handed out before", {{"count", stored->size()}});
  co_return Result<void>();
}

void Passes::ended(PassedSession session) {
  boost::asio::post(first_loop_, [this, session = std::move(session)]() mutable {
    if (on_ended_) on_ended_(std::move(session));
  });
}

void Passes::seen_toward(std::string_view hub, std::string_view address) {
  const std::string key = sighting_key(hub, address);
  const std::string network = source_key(address);
  const WallTime now = clock_.now().at;
  const std::lock_guard lock(mutex_);
  sightings_.put(key, network, now);
}

std::optional<WallTime> Passes::seen_toward_at(std::string_view hub, std::string_view address) const {
  const std::string key = sighting_key(hub, address);
  const std::lock_guard lock(mutex_);
  const WallTime* seen = sightings_.peek(key);
  return seen != nullptr ? std::optional(*seen) : std::nullopt;
}

}  // namespace leafgate

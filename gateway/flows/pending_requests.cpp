#include "gateway/flows/pending_requests.hpp"

#include <algorithm>

#include "gateway/flows/source_key.hpp"

namespace leafgate {
namespace {

std::string key_of(const std::string& source, const Attempt& attempt) {
  return source + '\n' + attempt.id.key();
}

std::string_view token_of(const Attempt& attempt) { return proof_of(attempt.evidence); }

std::size_t octets_of(const Attempt& attempt) {
  constexpr std::size_t about = 512;  // what an entry costs beside its texts
  const RegistrationRequest& request = attempt.request;
  return about + token_of(attempt).size() + request.payload.size() + request.csr.size() +
         request.tpm.endorsement_key.size() + request.tpm.storage_root_key.size();
}

}  // namespace

bool PendingRequests::keep(const Attempt& attempt, bool lives, TimePoint now) {
  const std::string source = source_key(attempt.source.address);
  const std::string key = key_of(source, attempt);
  if (const Entry* same = exactly(attempt)) {  // the newest counts
    lives = lives || same->lives;
    drop(key, [&](const Entry& entry) { return &entry == same; });
  }
  const auto held = kept_.find(key);
  if (held != kept_.end() && held->second.size() >= limits_.per_leaf) {
    const auto quietest =
        std::min_element(held->second.begin(), held->second.end(),
                         [](const Entry& a, const Entry& b) { return a.last_seen < b.last_seen; });
    drop(key, [&](const Entry& entry) { return &entry == &*quietest; });
  }
  const std::size_t octets = octets_of(attempt);
  if (!has_room(source, octets)) drop_gone(now);
  if (!has_room(source, octets)) return false;
  Attempt kept = attempt;
  kept.presence.reset();  // a connection that has ended must not be held
  kept_[key].push_back(Entry{std::move(kept), lives, octets, now});
  Account& account = accounts_[source];
  ++account.requests;
  account.octets += octets;
  ++size_;
  octets_ += octets;
  return true;
}

bool PendingRequests::has_room(const std::string& source, std::size_t octets) const {
  if (size_ >= limits_.requests || octets_ + octets > limits_.octets) return false;
  const auto account = accounts_.find(source);
  if (account == accounts_.end()) return octets <= limits_.octets_per_source;
  return account->second.requests < limits_.per_source &&
         account->second.octets + octets <= limits_.octets_per_source;
}

void PendingRequests::heard(const Attempt& poll, TimePoint now) {
  const auto found = kept_.find(key_of(source_key(poll.source.address), poll));
  if (found == kept_.end()) return;
  const bool is_known = exactly(poll) != nullptr;
  for (Entry& entry : found->second)
    if (!is_known || token_of(entry.attempt) == token_of(poll)) entry.last_seen = now;
}

const PendingRequests::Entry* PendingRequests::exactly(const Attempt& attempt) const {
  const auto found = kept_.find(key_of(source_key(attempt.source.address), attempt));
  if (found == kept_.end()) return nullptr;
  for (const Entry& entry : found->second)
    if (token_of(entry.attempt) == token_of(attempt)) return &entry;
  return nullptr;
}

const Attempt* PendingRequests::find(const Attempt& poll,
                                     const std::function<bool(const Attempt&)>& is_good) const {
  if (const Entry* entry = exactly(poll)) return &entry->attempt;
  const auto found = kept_.find(key_of(source_key(poll.source.address), poll));
  if (found == kept_.end()) return nullptr;
  const Entries& entries = found->second;
  const auto good = std::find_if(entries.rbegin(), entries.rend(),
                                 [&](const Entry& entry) { return is_good(entry.attempt); });
  return good == entries.rend() ? nullptr : &good->attempt;
}

bool PendingRequests::lived(const Attempt& poll) const {
  const Entry* entry = exactly(poll);
  return entry != nullptr && entry->lives;
}

void PendingRequests::forget(const Attempt& poll) {
  drop(key_of(source_key(poll.source.address), poll), [](const Entry&) { return true; });
}

void PendingRequests::drop(const std::string& key, const std::function<bool(const Entry&)>& which) {
  const auto found = kept_.find(key);
  if (found == kept_.end()) return;
  const auto account = accounts_.find(key.substr(0, key.find('\n')));
  for (auto entry = found->second.begin(); entry != found->second.end();) {
    const auto at = entry++;
    if (!which(*at)) continue;
    --account->second.requests;
    account->second.octets -= at->octets;
    --size_;
    octets_ -= at->octets;
    found->second.erase(at);
  }
  if (found->second.empty()) kept_.erase(found);
  if (account->second.requests == 0) accounts_.erase(account);
}

void PendingRequests::drop_gone(TimePoint now) {
  if (looked_ && now - *looked_ < limits_.look_again) return;
  looked_ = now;
  const auto is_gone = [&](const Entry& entry) { return now - entry.last_seen > limits_.leaf_gone; };
  for (auto of = kept_.begin(); of != kept_.end();) {
    const std::string key = (of++)->first;
    drop(key, is_gone);
  }
}

}  // namespace leafgate

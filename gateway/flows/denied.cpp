#include "gateway/flows/denied.hpp"

#include <algorithm>

#include "gateway/flows/marks.hpp"

namespace leafgate {
namespace {

char letter_of(DenyKind kind) {
  switch (kind) {
    case DenyKind::registration_id:
      return 'i';
    case DenyKind::endorsement_key:
      return 'e';
    case DenyKind::certificate:
      return 'c';
  }
  return 'i';
}

DenyKind kind_of(char letter) {
  if (letter == 'e') return DenyKind::endorsement_key;
  return letter == 'c' ? DenyKind::certificate : DenyKind::registration_id;
}

bool is_before(const Denial& a, const Denial& b) {
  return a.kind != b.kind ? a.kind < b.kind : a.value < b.value;
}

}  // namespace

std::string Denied::key_of(DenyKind kind, std::string_view value) {
  std::string out(1, letter_of(kind));
  return out.append(value);
}

void Denied::load(const StoredDenials& stored) {
  list_ = stored.list;
  fill(stored.listed);
  local_.clear();
  for (const Denial& entry : stored.local) put_local(entry);
  contested_.clear();
  for (const Contest& contest : stored.contests) contested_.emplace(contest.id, contest);
}

bool Denied::contest(std::string_view id, std::string other_place) {
  if (contested_.contains(id) || contested_.size() >= most_contested) return false;
  Contest& contest = contested_[std::string(id)];
  contest.id = id;
  contest.other_place = std::move(other_place);
  contest.since = clock_.now().at;
  return true;
}

const Contest* Denied::contested(std::string_view id) const {
  const auto found = contested_.find(id);
  return found == contested_.end() ? nullptr : &found->second;
}

void Denied::settle(std::string_view id) {
  if (const auto found = contested_.find(id); found != contested_.end()) contested_.erase(found);
}

void Denied::replace_list(HeldDenyList list, const std::vector<Denial>& entries) {
  list_ = std::move(list);
  fill(entries);
}

// What stands twice counts for the longer time.
void Denied::fill(const std::vector<Denial>& entries) {
  listed_.clear();
  listed_.reserve(entries.size());
  for (const Denial& entry : entries) {
    const auto [at, is_new] = listed_.emplace(key_of(entry.kind, entry.value), entry.until);
    if (is_new || !at->second) continue;
    at->second = entry.until ? std::optional(std::max(*at->second, *entry.until)) : std::nullopt;
  }
}

void Denied::put_local(const Denial& entry) { local_[key_of(entry.kind, entry.value)] = entry.until; }

void Denied::remove_local(DenyKind kind, std::string_view value) { local_.erase(key_of(kind, value)); }

bool Denied::counts(const Entries& entries, const std::string& key, const WallReading& then) {
  const auto found = entries.find(key);
  return found != entries.end() && counts(found->second, then);
}

// Only a synced clock says that a time is over.
bool Denied::counts(const std::optional<WallTime>& until, const WallReading& then) {
  return !until || then.quality != ClockQuality::synced || then.at < *until;
}

std::size_t Denied::in_force(const Entries& entries) const {
  const WallReading now = clock_.now();
  return static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [&now](const auto& entry) { return counts(entry.second, now); }));
}

bool Denied::denies(DenyKind kind, std::string_view value, const WallReading& then) const {
  if (value.empty() || is_empty()) return false;
  const std::string key = key_of(kind, value);
  return counts(listed_, key, then) || counts(local_, key, then);
}

std::optional<WallTime> Denied::denied_until(DenyKind kind, std::string_view value) const {
  std::optional<WallTime> last;
  for (const Entries* entries : {&listed_, &local_}) {
    const auto found = entries->find(key_of(kind, value));
    if (found == entries->end()) continue;
    if (!found->second) return std::nullopt;
    last = last ? std::max(*last, *found->second) : *found->second;
  }
  return last;
}

bool Denied::lists(DenyKind kind, std::string_view value) const {
  return listed_.contains(key_of(kind, value));
}

void Denied::put_word(OperatorWord word) {
  std::string id = word.id;
  words_.insert_or_assign(std::move(id), std::move(word));
}

const OperatorWord* Denied::word(std::string_view id) const {
  const auto found = words_.find(id);
  return found == words_.end() ? nullptr : &found->second;
}

Reason Denied::bar(std::string_view id, std::string_view credential, const WallReading& then) const {
  const bool is_denied = denies(DenyKind::registration_id, id, then) ||
                         denies(DenyKind::endorsement_key, credential, then) ||
                         denies(DenyKind::certificate, credential, then);
  if (is_denied) return Reason::denied;
  const OperatorWord* said = word(id);
  const bool rejected =
      said != nullptr && !said->approved && (said->credential.empty() || said->credential == credential);
  return rejected ? Reason::rejected_by_operator : Reason::none;
}

bool Denied::denies(const Shown& shown, std::span<const EnrolledAuthority> authorities) const {
  if (is_empty()) return false;
  if (denies_id(shown.id) || denies(DenyKind::endorsement_key, shown.endorsement_key)) return true;
  return shown.chain && denies_path(*shown.chain, authorities);
}

// What the leaf has shown, and the CAs enrolled here that stand above any of it. Signatures are looked at
// only where one of those is denied.
bool Denied::denies_path(const crypto::CertificateChain& chain,
                         std::span<const EnrolledAuthority> authorities) const {
  const auto is_denied = [this](const auto& certificate) {
    return denies(DenyKind::certificate, certificate.sha256());
  };
  if (std::any_of(chain.certificates.begin(), chain.certificates.end(), is_denied)) return true;
  const auto is_denied_authority = [this](const EnrolledAuthority& authority) {
    return denies(DenyKind::certificate, authority.sha256);
  };
  if (std::none_of(authorities.begin(), authorities.end(), is_denied_authority)) return false;
  const std::vector<std::string> above = authorities_above(chain, authorities);
  return std::any_of(above.begin(), above.end(), [this](const std::string& authority) {
    return denies(DenyKind::certificate, authority);
  });
}

std::vector<Denial> Denied::some(const Entries& entries, std::size_t most) {
  std::vector<Denial> out;
  out.reserve(entries.size());
  for (const auto& [key, until] : entries) out.push_back(Denial{kind_of(key.front()), key.substr(1), until});
  const auto end = out.begin() + static_cast<std::ptrdiff_t>(std::min(most, out.size()));
  std::partial_sort(out.begin(), end, out.end(), is_before);
  out.erase(end, out.end());
  return out;
}

}  // namespace leafgate

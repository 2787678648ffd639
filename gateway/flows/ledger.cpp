#include "gateway/flows/ledger.hpp"

#include <algorithm>

namespace leafgate {

Ledger::Record Ledger::held(std::string_view registration_key) {
  Record* found = records_.find(registration_key);
  return found ? *found : nullptr;
}

Ledger::Record Ledger::peek(std::string_view registration_key) const {
  const Record* found = records_.peek(registration_key);
  return found ? *found : nullptr;
}

Ledger::Record Ledger::first_held(const std::function<bool(const Registration&)>& fits) const {
  for (const auto& [key, record] : records_)
    if (fits(record->registration)) return record;
  return nullptr;
}

namespace {

// What nothing is known of has no spelling of its own: that of a question about it (leafgatectl explain) must
// not become that of the leaf.
void respell(RegistrationRecord& record, const RegistrationId& id) {
  const Registration& known = record.registration;
  if (known.assignment || known.outcome || !record.notes.empty()) return;
  record.registration.id = id;
}

// Of certificates. Groups come in order of their ids.
bool take_the_same(const std::vector<Enrollment>& these, const std::vector<Enrollment>& those) {
  const auto is_by_key = [](const Enrollment& group) { return group.mechanism != Mechanism::x509; };
  auto one = these.begin();
  auto other = those.begin();
  while (true) {
    one = std::find_if_not(one, these.end(), is_by_key);
    other = std::find_if_not(other, those.end(), is_by_key);
    if (one == these.end() || other == those.end()) return one == these.end() && other == those.end();
    const bool same = one->id == other->id && one->match == other->match &&
                      one->primary_certificate == other->primary_certificate &&
                      one->secondary_certificate == other->secondary_certificate;
    if (!same) return false;
    ++one;
    ++other;
  }
}

}  // namespace

Task<Result<Ledger::Record>> Ledger::record(RegistrationId id) {
  if (Record found = held(id.key())) {
    respell(*found, id);
    co_return found;
  }
  std::uint64_t forgotten = forgotten_;
  auto read = co_await registrations_.find(id.key());
  while (forgotten != forgotten_) {  // it may be from before what was forgotten
    forgotten = forgotten_;
    read = co_await registrations_.find(id.key());
  }
  if (!read) co_return read.error();
  // Someone else may have read, and even changed, it meanwhile: theirs is the one everybody holds.
  if (Record found = held(id.key())) co_return found;
  Record fresh =
      *read ? std::make_shared<RegistrationRecord>(std::move(**read))
            : std::make_shared<RegistrationRecord>(RegistrationRecord{Registration(std::move(id)), {}});
  records_.put(fresh->registration.id.key(), fresh);
  co_return fresh;
}

void Ledger::forget(std::string_view registration_key) {
  ++forgotten_;
  records_.erase(registration_key);
}

Task<Result<Ledger::IndividualEnrollment>> Ledger::individual(std::string registration_key) {
  const HeldEnrollment* found = individuals_.find(registration_key);
  if (found != nullptr && found->exchanges == exchanges_) co_return found->enrollment;
  const std::uint64_t generation = generation_;
  auto read = co_await enrollments_.individual(registration_key);
  if (!read) co_return read.error();
  IndividualEnrollment fresh;
  if (*read) fresh = std::make_shared<const Enrollment>(std::move(**read));
  if (generation == generation_) individuals_.put(registration_key, HeldEnrollment{fresh, exchanges_});
  co_return fresh;
}

Task<Result<Ledger::Groups>> Ledger::groups() {
  if (groups_) co_return groups_;
  const std::uint64_t generation = generation_;
  auto read = co_await enrollments_.groups();
  if (!read) co_return read.error();
  Groups fresh = std::make_shared<const std::vector<Enrollment>>(std::move(*read));
  if (judged_by_ && untaken_.size() > 0 && !take_the_same(*judged_by_, *fresh)) {
    untaken_.clear();
    ++came_changes_;
  }
  judged_by_ = fresh;
  if (generation == generation_) groups_ = fresh;
  co_return fresh;
}

void Ledger::note_ends(RegistrationRecord& record, ShownEnds shown) {
  std::optional<Assignment>& assignment = record.registration.assignment;
  if (!assignment) return;
  const bool is_named = !assignment->enrollment_id.empty();
  if (is_named && assignment->ends == shown.ends) return;
  assignment->ends = shown.ends;
  if (!is_named) {
    assignment->enrollment_id = shown.enrollment_id;
    assignment->enrollment_etag = shown.enrollment_etag;
  }
  shown.key = record.registration.id.key();
  if (noted_ends_.size() < default_capacity || noted_ends_.contains(shown.key))
    noted_ends_.insert_or_assign(shown.key, shown);
}

void Ledger::put_back_noted_ends(std::vector<ShownEnds> those) {
  for (ShownEnds& one : those)
    if (noted_ends_.size() < default_capacity) noted_ends_.try_emplace(one.key, one);
}

std::vector<ShownEnds> Ledger::take_noted_ends(std::size_t most) {
  std::vector<ShownEnds> out;
  while (!noted_ends_.empty() && out.size() < most) {
    auto first = noted_ends_.extract(noted_ends_.begin());
    out.push_back(std::move(first.mapped()));
  }
  return out;
}

void Ledger::came_otherwise(std::string_view registration_key, CameAs as) {
  const CameAs* before = otherwise_.peek(registration_key);
  if (before == nullptr || *before != as) ++came_changes_;
  otherwise_.put(registration_key, std::move(as));
}

void Ledger::came_as_before(std::string_view registration_key) {
  if (otherwise_.peek(registration_key) == nullptr) return;
  ++came_changes_;
  otherwise_.erase(registration_key);
}

void Ledger::came_untaken(std::string_view registration_key, Reason why) {
  if (came_untaken(registration_key) != why) ++came_changes_;
  if (why != Reason::none)
    untaken_.put(registration_key, why);
  else
    untaken_.erase(registration_key);
}

void Ledger::enrollments_changed() {
  ++exchanges_;
  ++generation_;
  groups_.reset();
  if (changed_) changed_(nullptr);
}

void Ledger::enrollment_changed(EnrollmentKind kind, std::string_view id) {
  ++generation_;
  if (kind == EnrollmentKind::group)
    groups_.reset();
  else
    individuals_.erase(id);
  const ChangedAlone alone{kind, id};
  if (changed_) changed_(&alone);
}

}  // namespace leafgate

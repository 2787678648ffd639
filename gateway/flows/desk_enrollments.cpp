// Who may register: taken in, shown, removed by the engineer.
#include <algorithm>

#include <boost/asio/post.hpp>

#include "gateway/crypto/base64.hpp"
#include "gateway/flows/desk.hpp"
#include "gateway/flows/group_spelling.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/seal_key.hpp"
#include "gateway/flows/x509_import.hpp"

namespace leafgate {
namespace {

constexpr std::size_t sealed_at_a_time = 200;  // less than a millisecond of the loop
constexpr std::size_t most_notes = 20;
constexpr std::size_t most_named = 5;

Error enrolled_otherwise(const std::vector<std::string>& names) {
  std::string which;
  for (std::size_t i = 0; i < names.size() && i < most_named; ++i)
    which.append(i == 0 ? "" : ", ").append(names[i]);
  if (names.size() > most_named) which += " and " + std::to_string(names.size() - most_named) + " more";
  return {Errc::conflict, "not enrolled by certificates: " + which +
                              "; nothing was imported: a whole record changes that, or enroll remove"};
}

// Of groups that differ by case alone, which older stores may hold, the one that is spelt so.
void prefer_as_spelt(std::vector<Enrollment>& found, const std::string& id) {
  const auto is_group = [](const Enrollment& one) { return one.kind == EnrollmentKind::group; };
  const bool is_there = std::any_of(found.begin(), found.end(),
                                    [&](const Enrollment& one) { return is_group(one) && one.id == id; });
  if (is_there) std::erase_if(found, [&](const Enrollment& one) { return is_group(one) && one.id != id; });
}

bool has_key(const Enrollment& enrollment) { return enrollment.primary_key || enrollment.secondary_key; }

std::string keys_gone(std::size_t count) {
  const bool is_one = count == 1;
  return std::to_string(count) + (is_one ? " enrollment has" : " enrollments have") +
         " no key here any more: " + (is_one ? "its record carries" : "their records carry") +
         " none, as what enroll export writes; until an import brings " + (is_one ? "it" : "them") +
         " their leaves are not answered from here";
}

}  // namespace

Task<Result<std::vector<Enrollment>>> Desk::enrollments(EnrollmentKind kind, std::string after,
                                                        std::size_t limit) {
  auto here = ports_.enrollments.list(kind, std::move(after), std::min(limit, desk_rows));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<std::vector<Enrollment>>> Desk::enrollment(std::string id) {
  auto here = enrollment_here(std::move(id));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<std::vector<Enrollment>>> Desk::enrollment_here(std::string id) {
  std::vector<Enrollment> found;
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  for (const Enrollment& group : **groups)
    if (equal_ignoring_case(group.id, id)) found.push_back(group);
  auto individual = co_await ports_.enrollments.individual(ascii_lower(id));
  if (!individual) co_return individual.error();
  if (*individual) found.push_back(std::move(**individual));
  if (found.empty()) co_return Error(Errc::not_found, "no enrollment of this name is held here");
  co_return found;
}

Task<Result<void>> Desk::remove_enrollment(std::optional<EnrollmentKind> kind, std::string id, Actor who) {
  std::string object = id;
  auto change = remove_here(kind, std::move(id));
  auto here = audited_.carry(std::move(who), "enroll remove", std::move(object), std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> Desk::remove_here(std::optional<EnrollmentKind> kind, std::string id) {
  std::string name = id;
  auto found = co_await enrollment_here(std::move(name));
  if (!found) co_return found.error();
  prefer_as_spelt(*found, id);
  if (kind) std::erase_if(*found, [kind](const Enrollment& e) { return e.kind != *kind; });
  if (found->empty()) co_return Error(Errc::not_found, "no enrollment of this kind has this name");
  const bool are_groups = found->front().kind == found->back().kind;
  if (found->size() > 1 && are_groups)
    co_return Error(Errc::conflict, "several groups have this name: spell it as it is listed");
  if (found->size() > 1)
    co_return Error(Errc::conflict, "a group and an individual enrollment have this name: say which kind");
  const GroupKeys::Change change(ports_.group_keys);
  auto removed = co_await ports_.enrollments.remove(found->front().kind, found->front().id);
  if (!removed) co_return removed.error();
  ports_.ledger.enrollment_changed(found->front().kind, found->front().id);
  if (found->front().kind == EnrollmentKind::group) {
    Enrollment without_keys;
    without_keys.kind = EnrollmentKind::group;
    without_keys.id = found->front().id;
    std::vector<Enrollment> groups;
    groups.push_back(std::move(without_keys));
    co_await forget_derived(std::move(groups));
  }
  co_return Result<void>();
}

Task<Result<void>> Desk::spell_as_held(Enrollment& enrollment) {
  if (enrollment.kind != EnrollmentKind::group) co_return Result<void>();
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  enrollment.id = held_spelling(**groups, std::move(enrollment.id));
  co_return Result<void>();
}

Task<Result<void>> Desk::seal_keys(ImportItem& item) {
  std::optional<SealedKey> primary_held;
  std::optional<SealedKey> secondary_held;
  if (item.enrollment.kind == EnrollmentKind::group) {
    auto groups = co_await ports_.ledger.groups();
    if (!groups) co_return groups.error();
    for (const Enrollment& group : **groups) {
      if (group.id != item.enrollment.id) continue;
      primary_held = group.primary_key;
      secondary_held = group.secondary_key;
    }
  }
  auto primary =
      co_await seal_key(item, item.primary_key, std::move(primary_held), item.enrollment.primary_key);
  if (!primary) co_return primary.error();
  co_return co_await seal_key(item, item.secondary_key, std::move(secondary_held),
                              item.enrollment.secondary_key);
}

Task<Result<void>> Desk::seal_key(const ImportItem& item, const std::string& text,
                                  std::optional<SealedKey> held, std::optional<SealedKey>& into) {
  if (text.empty()) co_return Result<void>();
  auto key = crypto::base64::decode_secret(text);
  if (!key) co_return key.error();
  auto sealed = co_await leafgate::seal_key(std::move(*key), item.enrollment.kind, reference(item.enrollment),
                                            std::move(held), ports_.trust, ports_.group_keys);
  if (!sealed) co_return sealed.error();
  into = std::move(*sealed);
  co_return Result<void>();
}

Task<void> Desk::forget_derived(std::vector<Enrollment> groups) {
  if (ports_.group_keys == nullptr) co_return;
  for (Enrollment& group : groups) co_await ports_.group_keys->forget_derived(std::move(group));
}

Result<void> Desk::refuse_ended(const ImportItem& item, WallReading now) {
  if (!item.ends || now.quality == ClockQuality::unsynced || now.at <= *item.ends) return {};
  return Error(Errc::refused,
               reference(item.enrollment) + ": its certificate has ended " + to_rfc3339(*item.ends));
}

Task<Result<Operator::ImportReport>> Desk::import(std::vector<ImportItem> items, Actor who) {
  ImportReport report;
  report.count = items.size();
  std::string object = std::to_string(report.count) + (report.count == 1 ? " enrollment" : " enrollments");
  auto change = import_here(items, report.notes);
  auto here = audited_.carry(std::move(who), "enroll import", std::move(object), std::move(change));
  auto done = co_await run_on(first_loop_, std::move(here));
  if (!done) co_return done.error();
  const std::size_t more = report.notes.size() > most_notes ? report.notes.size() - most_notes : 0;
  if (more > 0) {
    report.notes.resize(most_notes);
    report.notes.push_back("and " + std::to_string(more) + " more");
  }
  co_return report;
}

// What is held in the place of certificates that came alone. What is enrolled by something else is not told
// again by them: `by_another` names it then, and it stays.
Task<Result<void>> Desk::keep_the_rest(ImportItem& item, std::vector<std::string>& notes,
                                       std::vector<std::string>& by_another) {
  auto held = co_await enrollment_here(item.enrollment.id);
  if (!held && held.error().code != Errc::not_found) co_return held.error();
  const Enrollment* here = nullptr;
  if (held)
    for (const Enrollment& one : *held)
      if (one.kind == item.enrollment.kind && one.id == item.enrollment.id) here = &one;
  if (here == nullptr && !item.ca.empty())
    co_return Error(Errc::not_found, "the service names no CA for it: no such group is held here");
  if (here == nullptr) co_return Result<void>();
  if (here->mechanism != Mechanism::x509) {
    by_another.push_back(reference(*here) + " (" + std::string(to_text(here->mechanism)) + ")");
    co_return Result<void>();
  }
  auto joined = import_certificates(std::move(item.enrollment), *here, item.ca);
  if (!joined) co_return joined.error();
  item.enrollment = std::move(joined->enrollment);
  for (std::string& note : joined->notes) notes.push_back(std::move(note));
  co_return Result<void>();
}

// A record says all of its enrollment: one without keys says that there are none.
Task<Result<bool>> Desk::takes_its_keys_away(const Enrollment& said) {
  if (said.mechanism != Mechanism::symmetric_key || has_key(said)) co_return false;
  if (said.kind == EnrollmentKind::individual) {
    auto held = co_await ports_.enrollments.individual(said.id);
    if (!held) co_return held.error();
    co_return *held&& has_key(**held);
  }
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  const auto is_losing = [&said](const Enrollment& group) { return group.id == said.id && has_key(group); };
  co_return std::any_of((*groups)->begin(), (*groups)->end(), is_losing);
}

Task<Result<void>> Desk::import_here(std::vector<ImportItem>& items, std::vector<std::string>& notes) {
  const GroupKeys::Change change(ports_.group_keys);
  std::vector<Enrollment> enrollments;
  enrollments.reserve(items.size());
  std::vector<std::string> by_another;
  std::size_t without_keys = 0;
  for (ImportItem& item : items) {
    if (auto ended = refuse_ended(item, ports_.clock.now()); !ended) co_return ended.error();
    auto spelt = co_await spell_as_held(item.enrollment);
    if (!spelt) co_return spelt.error();
    auto sealed = co_await seal_keys(item);
    if (!sealed) co_return sealed.error();
    if (item.certificates_alone) {
      auto kept = co_await keep_the_rest(item, notes, by_another);
      if (!kept) co_return kept.error();
    }
    auto away = co_await takes_its_keys_away(item.enrollment);
    if (!away) co_return away.error();
    if (*away) ++without_keys;
    enrollments.push_back(std::move(item.enrollment));
    item = ImportItem();  // all of them at once would hold up the loop at the end
    // Leaves are served from this loop, and an import may be long.
    if (enrollments.size() % sealed_at_a_time == 0) co_await boost::asio::post(first_loop_, use_task);
  }
  if (!by_another.empty()) co_return enrolled_otherwise(by_another);
  std::vector<Enrollment> groups;
  for (const Enrollment& enrollment : enrollments)
    if (enrollment.kind == EnrollmentKind::group) groups.push_back(enrollment);
  auto stored = co_await ports_.enrollments.import(std::move(enrollments));
  if (!stored) co_return stored.error();
  if (without_keys > 0) notes.insert(notes.begin(), keys_gone(without_keys));
  ports_.ledger.enrollments_changed();
  co_await forget_derived(std::move(groups));
  co_return Result<void>();
}

}  // namespace leafgate

// Who may register: taken in, shown, removed by the engineer.
#include <algorithm>

#include <boost/asio/post.hpp>

#include "gateway/crypto/base64.hpp"
#include "gateway/flows/desk.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/seal_key.hpp"
#include "gateway/model/ca_names.hpp"

namespace leafgate {
namespace {

constexpr std::size_t most_rows = 1000;
constexpr std::size_t sealed_at_a_time = 200;  // less than a millisecond of the loop

using Certificate = std::optional<EnrolledCertificate>;

bool is_the_held_one(const Certificate& imported, const Certificate& held) {
  if (!imported || !held) return !imported && !held;
  return held->sha256.empty() ? imported->sha1 == held->sha1 : imported->sha256 == held->sha256;
}

// The service names two CAs for the group, one of them is here, and another one comes alone: it takes the
// place that is free, as the status asks for it. To replace one, both are imported.
void join(Enrollment& imported, const Enrollment& held) {
  const bool one_comes = imported.primary_certificate && !imported.secondary_certificate;
  const bool one_is_here = held.primary_certificate.has_value() != held.secondary_certificate.has_value();
  if (ca_names(held.record).count() < 2 || !one_comes || !one_is_here) return;
  Certificate other = std::move(imported.primary_certificate);
  imported.primary_certificate = held.primary_certificate;
  imported.secondary_certificate = held.secondary_certificate;
  Certificate& here =
      held.primary_certificate ? imported.primary_certificate : imported.secondary_certificate;
  if (is_the_held_one(other, here)) return;
  (held.primary_certificate ? imported.secondary_certificate : imported.primary_certificate) =
      std::move(other);
}

void keep(Enrollment& imported, const Enrollment& held) {
  join(imported, held);
  imported.enabled = held.enabled;
  imported.match = held.match;
  imported.gateway_host_name = held.gateway_host_name;
  imported.offline_max_age = held.offline_max_age;
  imported.origin = held.origin;
  // Which CAs the service names for it: by that the next list finds whether they are still these.
  if (ca_names(held.record).count() > 0) imported.record = held.record;
  if (!is_the_held_one(imported.primary_certificate, held.primary_certificate) ||
      !is_the_held_one(imported.secondary_certificate, held.secondary_certificate))
    return;
  imported.etag = held.etag;
  imported.record = held.record;
}

}  // namespace

Task<Result<std::vector<Enrollment>>> Desk::enrollments(EnrollmentKind kind, std::string after,
                                                        std::size_t limit) {
  auto here = ports_.enrollments.list(kind, std::move(after), std::min(limit, most_rows));
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
  auto found = co_await enrollment_here(std::move(id));
  if (!found) co_return found.error();
  if (kind) std::erase_if(*found, [kind](const Enrollment& e) { return e.kind != *kind; });
  if (found->empty()) co_return Error(Errc::not_found, "no enrollment of this kind has this name");
  if (found->size() > 1)
    co_return Error(Errc::conflict, "a group and an individual enrollment have this name: say which kind");
  const GroupKeys::Change change(ports_.group_keys);
  auto removed = co_await ports_.enrollments.remove(found->front().kind, found->front().id);
  if (!removed) co_return removed.error();
  ports_.ledger.enrollments_changed();
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

Task<Result<std::size_t>> Desk::import(std::vector<ImportItem> items, Actor who) {
  const std::size_t count = items.size();
  std::string object = std::to_string(count) + (count == 1 ? " enrollment" : " enrollments");
  auto change = import_here(items);
  auto here = audited_.carry(std::move(who), "enroll import", std::move(object), std::move(change));
  auto done = co_await run_on(first_loop_, std::move(here));
  if (!done) co_return done.error();
  co_return count;
}

Task<Result<void>> Desk::keep_the_rest(Enrollment& imported) {
  auto held = co_await enrollment_here(imported.id);
  const bool none = !held && held.error().code == Errc::not_found;
  if (none) co_return Result<void>();
  if (!held) co_return held.error();
  for (const Enrollment& of : *held)
    if (of.kind == imported.kind && of.id == imported.id && of.mechanism == Mechanism::x509)
      keep(imported, of);
  co_return Result<void>();
}

Task<Result<void>> Desk::import_here(std::vector<ImportItem>& items) {
  const GroupKeys::Change change(ports_.group_keys);
  std::vector<Enrollment> enrollments;
  enrollments.reserve(items.size());
  for (ImportItem& item : items) {
    if (auto ended = refuse_ended(item, ports_.clock.now()); !ended) co_return ended.error();
    auto sealed = co_await seal_keys(item);
    if (!sealed) co_return sealed.error();
    if (item.certificates_alone) {
      auto kept = co_await keep_the_rest(item.enrollment);
      if (!kept) co_return kept.error();
    }
    enrollments.push_back(std::move(item.enrollment));
    // Leaves are served from this loop, and an import may be long.
    if (enrollments.size() % sealed_at_a_time == 0) co_await boost::asio::post(first_loop_, use_task);
  }
  std::vector<Enrollment> groups;
  for (const Enrollment& enrollment : enrollments)
    if (enrollment.kind == EnrollmentKind::group) groups.push_back(enrollment);
  auto stored = co_await ports_.enrollments.import(std::move(enrollments));
  if (!stored) co_return stored.error();
  ports_.ledger.enrollments_changed();
  co_await forget_derived(std::move(groups));
  co_return Result<void>();
}

}  // namespace leafgate

#include "store/sqlite_enrollments.hpp"

#include <limits>
#include <memory>
#include <utility>

#include "gateway/ports/sealed_rows.hpp"
#include "store/enrollment_import.hpp"
#include "store/enrollment_rows.hpp"

namespace leafgate {
namespace {

constexpr int most_counts = 3;

void renew_keys(Enrollment& enrollment, const SealingTrust& trust) {
  const std::string row =
      sealed_rows::enrollment(enrollment.kind == EnrollmentKind::individual, enrollment.id);
  for (auto* key : {&enrollment.primary_key, &enrollment.secondary_key})
    if (*key) *key = trust.renewed(std::move(**key), row);
}

}  // namespace

Task<Result<std::optional<Enrollment>>> SqliteEnrollments::individual(std::string_view registration_key) {
  const std::string key(registration_key);
  auto read = [&](Connection& connection) {
    return enrollment_rows::find(connection, EnrollmentKind::individual, key);
  };
  co_return co_await reader_.ask(read);
}

Task<Result<std::vector<Enrollment>>> SqliteEnrollments::groups() {
  auto read = [](Connection& connection) {
    return enrollment_rows::list(connection, EnrollmentKind::group, "",
                                 std::numeric_limits<std::size_t>::max());
  };
  co_return co_await reader_.ask(read);
}

Task<Result<std::vector<Enrollment>>> SqliteEnrollments::list(EnrollmentKind kind, std::string after,
                                                              std::size_t limit) {
  auto read = [&](Connection& connection) { return enrollment_rows::list(connection, kind, after, limit); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::string>> SqliteEnrollments::id_of_endorsement_key(std::string key) {
  auto read = [&](Connection& connection) { return enrollment_rows::id_of_endorsement_key(connection, key); };
  co_return co_await reader_.ask(read);
}

Task<Result<void>> SqliteEnrollments::import(std::vector<Enrollment> enrollments) {
  if (trust_ != nullptr)
    for (Enrollment& enrollment : enrollments) renew_keys(enrollment, *trust_);
  auto start = [&](Reply<Result<void>> reply) {
    writer_.add_steps(std::make_unique<EnrollmentImport>(std::move(enrollments), std::move(reply)));
  };
  auto done = co_await wait_for_reply<Result<void>>(start);
  changed();
  writer_.add_steps(std::make_unique<Sweep>());
  co_return done;
}

Task<Result<bool>> SqliteEnrollments::remove(EnrollmentKind kind, std::string id) {
  auto write = [&](Connection& connection) { return enrollment_rows::remove(connection, kind, id); };
  auto removed = co_await writer_.write(write, Room::frees);
  changed();
  co_return removed;
}

// Some at a time: leaves wait for the reader as well. Counted once more if they were changed meanwhile; where
// they change all the time the number is as good as any.
Task<Result<std::size_t>> SqliteEnrollments::count() {
  if (counted_) co_return *counted_;
  std::size_t all = 0;
  for (int times = 0; times < most_counts; ++times) {
    const std::uint64_t changes = changes_;
    enrollment_rows::Place from;
    auto read = [&from](Connection& connection) { return enrollment_rows::count_some(connection, from); };
    all = 0;
    bool ended = false;
    while (!ended) {
      const auto some = co_await reader_.ask(read);
      if (!some) co_return some.error();
      ended = !*some;
      if (!ended) all += **some;
    }
    if (changes != changes_) continue;
    counted_ = all;
    break;
  }
  co_return all;
}

}  // namespace leafgate

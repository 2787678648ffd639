#include "store/enrollment_import.hpp"

#include <algorithm>
#include <utility>

#include "gateway/model/enrollment_order.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

bool is_not_before(const Enrollment& a, const Enrollment& b) { return !is_before(a, b); }
bool same_place(const Enrollment& a, const Enrollment& b) { return a.kind == b.kind && a.id == b.id; }

// In the order of the index, and of those with one id only the last. A long file was sorted where it was
// read: everybody waits for this thread.
void put_in_order(std::vector<Enrollment>& enrollments) {
  const auto wrong = std::adjacent_find(enrollments.begin(), enrollments.end(), is_not_before);
  if (wrong == enrollments.end()) return;
  std::stable_sort(enrollments.begin(), enrollments.end(), is_before);
  const auto last = std::unique(enrollments.rbegin(), enrollments.rend(), same_place);
  enrollments.erase(enrollments.begin(), last.base());
}

}  // namespace

Result<bool> Sweep::step(Connection& connection) {
  const auto wanted = enrollment_rows::sweep_wanted(connection);
  if (!wanted) return wanted.error();
  if (!*wanted) return true;
  const auto more = enrollment_rows::sweep(connection, from_, rows_of_a_step);
  if (!more) return more.error();
  if (*more) return false;
  if (auto noted = enrollment_rows::set_sweep_wanted(connection, false); !noted) return noted.error();
  return true;
}

void Sweep::answer(std::optional<Error> failure) {
  if (failure && failure->code != Errc::stopped)
    log::warning("replaced enrollments stay until the next import or start", {{"error", failure->detail}});
}

Result<bool> EnrollmentImport::begin(Connection& connection) {
  const auto swept = sweep_.step(connection);
  if (!swept || !*swept) return swept;
  const auto current = enrollment_rows::generation(connection);
  if (!current) return current.error();
  generation_ = *current + 1;
  put_in_order(enrollments_);
  return true;
}

Result<void> EnrollmentImport::stage_some(Connection& connection) {
  const std::size_t end = std::min(enrollments_.size(), next_ + rows_of_a_step);
  for (; next_ < end; ++next_) {
    const Enrollment enrollment = std::move(enrollments_[next_]);  // to free them all at the end takes long
    const auto held = enrollment_rows::find(connection, enrollment.kind, enrollment.id);
    if (!held) return held.error();
    if (*held == enrollment) continue;
    if (!staged_any_) {
      staged_any_ = true;
      if (auto noted = enrollment_rows::set_sweep_wanted(connection, true); !noted) return noted;
    }
    if (auto staged = enrollment_rows::stage(connection, enrollment, generation_); !staged) return staged;
  }
  return {};
}

Result<bool> EnrollmentImport::step(Connection& connection) {
  if (generation_ == 0) {
    const auto ready = begin(connection);
    if (!ready) return ready.error();
    if (!*ready) return false;
  }
  if (next_ < enrollments_.size()) {
    if (auto staged = stage_some(connection); !staged) return staged.error();
    return next_ >= enrollments_.size() && !staged_any_;
  }
  if (!staged_any_) return true;
  if (auto switched = enrollment_rows::switch_to(connection, generation_); !switched) return switched.error();
  return true;
}

void EnrollmentImport::answer(std::optional<Error> failure) {
  if (failure) {
    reply_(Result<void>(std::move(*failure)));
  } else {
    reply_(Result<void>());
  }
}

}  // namespace leafgate

#include "gateway/flows/enrollment_cursor.hpp"

#include <algorithm>

namespace leafgate {
namespace {

// A text right before `key`: no id is between them.
std::string before(std::string key) {
  if (key.empty()) return key;
  key.back() = static_cast<char>(key.back() - 1);
  return key + '\x7f';
}

}  // namespace

Task<Result<const Enrollment*>> EnrollmentCursor::find(std::string registration_key) {
  if (!at_end_ && (read_.empty() || read_.back().id < registration_key)) {
    auto more = co_await enrollments_.list(EnrollmentKind::individual, before(registration_key), page);
    if (!more) co_return more.error();
    read_ = std::move(*more);
    at_end_ = read_.size() < page;
  }
  const auto found = std::lower_bound(
      read_.begin(), read_.end(), registration_key,
      [](const Enrollment& enrollment, const std::string& key) { return enrollment.id < key; });
  const bool is_it = found != read_.end() && found->id == registration_key;
  const Enrollment* enrollment = is_it ? &*found : nullptr;
  co_return enrollment;
}

}  // namespace leafgate

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/enrollments.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// Enrollments in memory: every call completes at once on the caller. Members are open to the tests.
class FakeEnrollments : public Enrollments {
 public:
  FailSwitch fail;
  std::map<std::string, Enrollment> individuals;  // by id
  std::map<std::string, Enrollment> group_rows;   // by id
  std::int64_t writes = 0;                        // calls that changed something

  // For tests that need one there and no coroutine.
  void put(Enrollment enrollment) {
    auto& rows = rows_of(enrollment.kind);
    const std::string id = enrollment.id;
    rows.insert_or_assign(id, std::move(enrollment));
  }

  Task<Result<std::optional<Enrollment>>> individual(std::string_view registration_key) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = individuals.find(std::string(registration_key));
    if (at == individuals.end()) co_return std::optional<Enrollment>();
    co_return std::optional<Enrollment>(at->second);
  }

  Task<Result<std::vector<Enrollment>>> groups() override {
    if (auto error = fail.next()) co_return *error;
    std::vector<Enrollment> out;
    for (const auto& [id, group] : group_rows) out.push_back(group);
    co_return out;
  }

  Task<Result<std::vector<Enrollment>>> list(EnrollmentKind kind, std::string after,
                                             std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<Enrollment> out;
    const auto& rows = rows_of(kind);
    for (auto at = rows.upper_bound(after); at != rows.end() && out.size() < limit; ++at)
      out.push_back(at->second);
    co_return out;
  }

  Task<Result<std::string>> id_of_endorsement_key(std::string key) override {
    if (auto error = fail.next()) co_return *error;
    for (const auto& [id, enrollment] : individuals)
      if (!key.empty() && enrollment.endorsement_key == key) co_return id;
    co_return std::string();
  }

  Task<Result<void>> import(std::vector<Enrollment> enrollments) override {
    if (auto error = fail.next()) co_return *error;
    bool changed = false;
    for (Enrollment& enrollment : enrollments) {
      const auto& rows = rows_of(enrollment.kind);
      const auto old = rows.find(enrollment.id);
      changed = changed || old == rows.end() || old->second != enrollment;
      put(std::move(enrollment));
    }
    if (changed) ++writes;
    co_return Result<void>();
  }

  Task<Result<bool>> remove(EnrollmentKind kind, std::string id) override {
    if (auto error = fail.next()) co_return *error;
    const bool found = rows_of(kind).erase(id) > 0;
    if (found) ++writes;
    co_return found;
  }

  Task<Result<std::size_t>> count() override {
    if (auto error = fail.next()) co_return *error;
    co_return individuals.size() + group_rows.size();
  }

 private:
  std::map<std::string, Enrollment>& rows_of(EnrollmentKind kind) {
    return kind == EnrollmentKind::individual ? individuals : group_rows;
  }
};

}  // namespace leafgate

#pragma once

#include <utility>
#include <vector>

#include "gateway/ports/confirmations.hpp"
#include "tests/fakes/fake_registrations.hpp"

namespace leafgate {

// Beside the registrations of a fake. Members are open to tests.
class FakeConfirmations : public Confirmations {
 public:
  FailSwitch fail;
  std::int64_t calls = 0;

  explicit FakeConfirmations(FakeRegistrations& registrations) : registrations_(registrations) {}

  Task<Result<std::size_t>> confirm(std::vector<Confirmation> those, PoweredTime powered,
                                    WallTime wall) override {
    ++calls;
    if (auto error = fail.next()) co_return *error;
    std::size_t confirmed = 0;
    for (const Confirmation& one : those) {
      const auto at = registrations_.records.find(one.key);
      if (at == registrations_.records.end()) continue;
      auto& assignment = at->second.registration.assignment;
      const bool queued = std::any_of(registrations_.rows.begin(), registrations_.rows.end(),
                                      [&](const auto& row) { return row.second.id.key() == one.key; });
      const bool same = assignment && !assignment->provisional && !queued &&
                        assignment->assigned_hub == one.assigned_hub &&
                        assignment->device_id == one.device_id;
      if (!same) continue;
      assignment->confirmed_at = powered;
      assignment->confirmed_wall = wall;
      ++confirmed;
    }
    co_return confirmed;
  }

  Task<Result<std::size_t>> keep_ends(std::vector<ShownEnds> those) override {
    ++calls;
    if (auto error = fail.next()) co_return *error;
    std::size_t kept = 0;
    for (const ShownEnds& one : those) {
      const auto at = registrations_.records.find(one.key);
      if (at == registrations_.records.end() || !at->second.registration.assignment) continue;
      Assignment& assignment = *at->second.registration.assignment;
      assignment.ends = one.ends;
      if (assignment.enrollment_id.empty()) {
        assignment.enrollment_id = one.enrollment_id;
        assignment.enrollment_etag = one.enrollment_etag;
      }
      ++kept;
    }
    co_return kept;
  }

 private:
  FakeRegistrations& registrations_;
};

}  // namespace leafgate

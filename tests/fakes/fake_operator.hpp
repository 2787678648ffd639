#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/operator.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// An operator's desk in memory: tells what it was given, keeps what it was asked. Members are open to tests.
class FakeOperator : public Operator {
 public:
  FailSwitch fail;
  StatusReport report;
  std::map<std::string, Explanation> leaves;  // by registrationId in lower case
  std::map<std::string, StrangerRow> strangers;
  std::vector<Enrollment> enrolled;  // in order of id
  DeviceFilter asked;                // the newest
  std::vector<ImportItem> imported;
  std::string imported_by;

  Task<StatusReport> status() override { co_return report; }

  Task<Result<DevicePage>> devices(DeviceFilter filter) override {
    asked = filter;
    if (auto error = fail.next()) co_return *error;
    DevicePage page;
    for (const auto& [key, leaf] : leaves) {
      if (key <= filter.after) continue;
      if (filter.state && leaf.device.status != *filter.state) continue;
      if (key.find(filter.match) == std::string::npos) continue;
      if (page.rows.size() == filter.limit) {
        page.next = ascii_lower(page.rows.back().registration_id);
        break;
      }
      page.rows.push_back(leaf.device);
    }
    co_return page;
  }

  Task<Result<Explanation>> explain(RegistrationId id) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = leaves.find(id.key());
    if (at == leaves.end()) co_return Error(Errc::not_found, "nothing is known of this registrationId");
    co_return at->second;
  }

  Task<Result<StrangerRow>> explain_address(std::string address) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = strangers.find(address);
    if (at == strangers.end()) co_return Error(Errc::not_found, "no source of this address has failed here");
    co_return at->second;
  }

  Task<Result<std::size_t>> import(std::vector<ImportItem> items, std::string who) override {
    if (auto error = fail.next()) co_return *error;
    imported = std::move(items);
    imported_by = std::move(who);
    co_return imported.size();
  }

  Task<Result<std::vector<Enrollment>>> enrollments(EnrollmentKind kind, std::string after,
                                                    std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<Enrollment> out;
    for (const Enrollment& enrollment : enrolled)
      if (enrollment.kind == kind && enrollment.id > after && out.size() < limit) out.push_back(enrollment);
    co_return out;
  }
};

}  // namespace leafgate

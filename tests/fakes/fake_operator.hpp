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
  std::map<std::string, StrangerRow> strangers_seen;
  std::vector<Enrollment> enrolled;  // in order of id
  DeviceFilter asked;                // the newest
  std::vector<ImportItem> imported;
  std::vector<std::string> import_notes;
  std::map<std::string, ReceiptProof> receipts;  // by registrationId in lower case
  std::optional<Checkpoint> newest_checkpoint;
  QueueList waiting;
  SiteNames site_names;
  AuditPage audited;
  WallTime audited_since{};
  std::vector<std::string> changes;  // "forget line-1", in order
  Actor who;                         // of the newest change

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

  Task<Result<ReceiptProof>> receipt(RegistrationId id) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = receipts.find(id.key());
    if (at == receipts.end()) co_return Error(Errc::not_found, "no receipt of this registrationId is kept");
    co_return at->second;
  }
  Task<Result<Checkpoint>> checkpoint() override {
    if (auto error = fail.next()) co_return *error;
    if (!newest_checkpoint) co_return Error(Errc::not_found, "there is no checkpoint yet");
    co_return *newest_checkpoint;
  }

  Task<Result<StrangerRow>> explain_address(std::string address) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = strangers_seen.find(address);
    if (at == strangers_seen.end())
      co_return Error(Errc::not_found, "no source of this address has failed here");
    co_return at->second;
  }

  Task<std::vector<StrangerRow>> strangers() override {
    std::vector<StrangerRow> out;
    for (const auto& [address, stranger] : strangers_seen) out.push_back(stranger);
    co_return out;
  }

  Task<QueueList> queue(std::size_t limit) override {
    QueueList out = waiting;
    out.rows.resize(std::min(limit, out.rows.size()), QueueRow());
    co_return out;
  }

  Task<SiteNames> names() override { co_return site_names; }

  Task<Result<ImportReport>> import(std::vector<ImportItem> items, Actor actor) override {
    if (auto error = fail.next()) co_return *error;
    imported = std::move(items);
    who = std::move(actor);
    ImportReport done;
    done.count = imported.size();
    done.notes = import_notes;
    co_return done;
  }

  Task<Result<std::vector<Enrollment>>> enrollment(std::string id) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<Enrollment> out;
    for (const Enrollment& enrollment : enrolled)
      if (enrollment.id == id) out.push_back(enrollment);
    if (out.empty()) co_return Error(Errc::not_found, "no enrollment of this name is held here");
    co_return out;
  }

  Task<Result<void>> remove_enrollment(std::optional<EnrollmentKind> kind, std::string id,
                                       Actor actor) override {
    const std::string_view of = !kind ? "" : *kind == EnrollmentKind::group ? " group" : " individual";
    return change("remove" + std::string(of) + " " + id, std::move(actor));
  }
  Task<Result<void>> refresh(RegistrationId id, Actor actor) override {
    return change("refresh " + id.text(), std::move(actor));
  }
  Task<Result<void>> forget(RegistrationId id, Actor actor) override {
    return change("forget " + id.text(), std::move(actor));
  }
  Task<Result<void>> retry(RegistrationId id, Actor actor) override {
    return change("retry " + id.text(), std::move(actor));
  }
  Task<Result<void>> drop(RegistrationId id, Actor actor) override {
    return change("drop " + id.text(), std::move(actor));
  }

  Task<Result<AuditPage>> audit(WallTime since, std::int64_t after, std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    audited_since = since;
    AuditPage page;
    page.removed = audited.removed;
    for (const AuditEntry& entry : audited.entries)
      if (entry.sequence > after && page.entries.size() < limit) page.entries.push_back(entry);
    co_return page;
  }

  Task<Result<std::vector<Enrollment>>> enrollments(EnrollmentKind kind, std::string after,
                                                    std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<Enrollment> out;
    for (const Enrollment& enrollment : enrolled)
      if (enrollment.kind == kind && enrollment.id > after && out.size() < limit) out.push_back(enrollment);
    co_return out;
  }

 private:
  Task<Result<void>> change(std::string what, Actor actor) {
    if (auto error = fail.next()) co_return *error;
    changes.push_back(std::move(what));
    who = std::move(actor);
    co_return Result<void>();
  }
};

}  // namespace leafgate

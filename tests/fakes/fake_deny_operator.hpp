#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/deny_operator.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// The desk for deny lists in memory. Members are open to tests.
class FakeDenyOperator : public DenyOperator {
 public:
  FailSwitch fail;  // of changes
  DenyReport report;
  DenyEffect effect;
  Approval approval;
  std::vector<HeldLeaf> leaves;
  std::vector<std::string> changes;  // in order, also what was refused
  std::optional<SignedDenyList> taken;
  Actor who;  // of the newest change

  Task<DenyReport> deny_report(std::size_t) override { co_return report; }
  Task<Result<DenyEffect>> import_denials(SignedDenyList list, Actor actor) override {
    note("import " + std::to_string(list.list.number), std::move(actor));
    if (auto error = fail.next()) co_return *error;
    taken = std::move(list);
    co_return effect;
  }
  Task<Result<DenyEffect>> deny(Denial entry, Actor actor) override {
    note("deny " + text_of(entry), std::move(actor));
    if (auto error = fail.next()) co_return *error;
    co_return effect;
  }
  Task<Result<DenyEffect>> lift(DenyKind kind, std::string value, Actor actor) override {
    note("lift " + std::string(to_text(kind)) + " " + value, std::move(actor));
    if (auto error = fail.next()) co_return *error;
    co_return effect;
  }
  Task<std::vector<HeldLeaf>> held() override { co_return leaves; }
  Task<Result<Approval>> approve(RegistrationId id, std::string credential, Actor actor) override {
    note("approve " + id.text() + (credential.empty() ? "" : " " + credential), std::move(actor));
    if (auto error = fail.next()) co_return *error;
    co_return approval;
  }
  Task<Result<void>> reject(RegistrationId id, Actor actor) override {
    note("reject " + id.text(), std::move(actor));
    if (auto error = fail.next()) co_return *error;
    co_return Result<void>();
  }

 private:
  static std::string text_of(const Denial& entry) {
    return std::string(to_text(entry.kind)) + " " + entry.value +
           (entry.until ? " until " + to_rfc3339(*entry.until) : "");
  }
  void note(std::string change, Actor actor) {
    changes.push_back(std::move(change));
    who = std::move(actor);
  }
};

}  // namespace leafgate

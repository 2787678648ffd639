#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/audit_log.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// An audit log in memory. Members are open to tests.
class FakeAuditLog : public AuditLog {
 public:
  FailSwitch fail;
  std::vector<AuditEntry> entries;
  std::int64_t removed = 0;

  Task<Result<std::int64_t>> begin(AuditEntry entry) override {
    if (auto error = fail.next()) co_return *error;
    for (std::string* text : {&entry.actor.user, &entry.actor.because, &entry.what, &entry.object})
      text->resize(std::min(text->size(), audit_text_limit));
    entry.sequence = removed + static_cast<std::int64_t>(entries.size()) + 1;
    entry.outcome = "begun";
    entries.push_back(std::move(entry));
    if (static_cast<std::int64_t>(entries.size()) > audit_kept) {
      entries.erase(entries.begin());
      ++removed;
    }
    co_return entries.back().sequence;
  }

  Task<Result<void>> conclude(std::int64_t sequence, std::string outcome) override {
    if (auto error = fail.next()) co_return *error;
    for (AuditEntry& entry : entries)
      if (entry.sequence == sequence) entry.outcome = outcome.substr(0, audit_text_limit);
    co_return Result<void>();
  }

  Task<Result<AuditPage>> list(WallTime since, std::int64_t after, std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    AuditPage page;
    page.removed = removed;
    for (const AuditEntry& entry : entries)
      if (entry.sequence > after && entry.at >= since && page.entries.size() < limit)
        page.entries.push_back(entry);
    co_return page;
  }
};

}  // namespace leafgate

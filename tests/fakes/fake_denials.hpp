#pragma once

#include <algorithm>
#include <utility>

#include "gateway/ports/denials.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

class FakeDenials : public Denials {
 public:
  FailSwitch fail;
  StoredDenials held;
  int writes = 0;

  Task<Result<StoredDenials>> load() override {
    if (auto error = fail.next()) co_return *error;
    co_return held;
  }
  Task<Result<void>> replace_list(HeldDenyList list, std::vector<Denial> entries) override {
    if (auto error = fail.next()) co_return *error;
    ++writes;
    held.list = std::move(list);
    held.listed.clear();
    for (Denial& entry : entries) {
      Denial* same = find(held.listed, entry.kind, entry.value);
      if (same == nullptr) {
        held.listed.push_back(std::move(entry));
        continue;
      }
      if (!same->until || !entry.until)
        same->until.reset();
      else
        same->until = std::max(*same->until, *entry.until);
    }
    sort(held.listed);
    co_return Result<void>();
  }
  Task<Result<void>> put_local(Denial entry) override {
    if (auto error = fail.next()) co_return *error;
    ++writes;
    Denial* same = find(held.local, entry.kind, entry.value);
    if (same != nullptr)
      *same = std::move(entry);
    else
      held.local.push_back(std::move(entry));
    sort(held.local);
    co_return Result<void>();
  }
  Task<Result<bool>> remove_local(DenyKind kind, std::string value) override {
    if (auto error = fail.next()) co_return *error;
    ++writes;
    const auto gone =
        std::erase_if(held.local, [&](const Denial& d) { return d.kind == kind && d.value == value; });
    co_return gone > 0;
  }
  Task<Result<void>> put_contest(Contest contest) override {
    if (auto error = fail.next()) co_return *error;
    ++writes;
    std::erase_if(held.contests, [&](const Contest& c) { return c.id == contest.id; });
    held.contests.push_back(std::move(contest));
    std::sort(held.contests.begin(), held.contests.end(),
              [](const Contest& a, const Contest& b) { return a.id < b.id; });
    co_return Result<void>();
  }
  Task<Result<void>> put_word(OperatorWord word) override {
    if (auto error = fail.next()) co_return *error;
    ++writes;
    std::erase_if(held.contests, [&](const Contest& c) { return c.id == word.id; });
    std::erase_if(held.words, [&](const OperatorWord& s) { return s.id == word.id; });
    held.words.push_back(std::move(word));
    std::sort(held.words.begin(), held.words.end(),
              [](const OperatorWord& a, const OperatorWord& b) { return a.id < b.id; });
    co_return Result<void>();
  }

 private:
  static Denial* find(std::vector<Denial>& in, DenyKind kind, const std::string& value) {
    const auto found = std::find_if(in.begin(), in.end(),
                                    [&](const Denial& d) { return d.kind == kind && d.value == value; });
    return found == in.end() ? nullptr : &*found;
  }
  static void sort(std::vector<Denial>& entries) {
    std::sort(entries.begin(), entries.end(), [](const Denial& a, const Denial& b) {
      return std::pair(to_text(a.kind), a.value) < std::pair(to_text(b.kind), b.value);
    });
  }
};

}  // namespace leafgate

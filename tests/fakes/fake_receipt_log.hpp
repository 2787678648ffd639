#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/crypto/merkle.hpp"
#include "gateway/ports/receipt_log.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// A log of receipts in memory, beside the FakeRegistrations that add its entries. Every call completes at
// once. Members are open to the tests.
class FakeReceiptLog : public ReceiptLog {
 public:
  struct Entry {
    std::string key;
    std::string text;
    std::int64_t checkpoint = 0;  // 0: open
    std::vector<Hash> path;
  };
  FailSwitch fail;
  std::string gateway;
  std::map<std::int64_t, Entry> entries;
  std::map<std::int64_t, Checkpoint> checkpoints;
  std::int64_t entries_kept = 10'000;
  std::int64_t checkpoints_kept = 1'000;
  std::int64_t writes = 0;

  void set_gateway(std::string name) override { gateway = std::move(name); }
  void on_entry(std::function<void()> hook) override { hook_ = std::move(hook); }

  // For FakeRegistrations.
  std::int64_t next_sequence() const {
    if (!entries.empty()) return entries.rbegin()->first + 1;
    if (checkpoints.empty()) return 1;
    return checkpoints.rbegin()->second.first + checkpoints.rbegin()->second.count;
  }
  void add(std::string key, std::string text) {
    Entry entry;
    entry.key = std::move(key);
    entry.text = std::move(text);
    entries.emplace(next_sequence(), std::move(entry));
  }
  void tell_of_entry() const {
    if (hook_) hook_();
  }
  // `is_needed(key, sequence)`: an assignment of this leaf points there.
  template <class IsNeeded>
  void let_go(IsNeeded is_needed) {
    if (static_cast<std::int64_t>(entries.size()) <= entries_kept) return;
    const std::int64_t newest = entries.rbegin()->first;
    std::erase_if(entries, [&](const auto& entry) {
      return entry.first <= newest - entries_kept && entry.second.checkpoint != 0 &&
             !is_needed(entry.second.key, entry.first);
    });
    let_checkpoints_go();
  }

  Task<Result<std::size_t>> open_entries() override {
    if (auto error = fail.next()) co_return *error;
    co_return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(),
                                                     [](const auto& e) { return e.second.checkpoint == 0; }));
  }

  Task<Result<std::optional<Checkpoint>>> close(std::uint64_t epoch, bool even_if_empty) override {
    if (auto error = fail.next()) co_return *error;
    Checkpoint next;
    next.sequence = 1;
    next.epoch = epoch;
    next.first = 1;
    if (!checkpoints.empty()) {
      const Checkpoint& before = checkpoints.rbegin()->second;
      next.sequence = before.sequence + 1;
      next.previous = crypto::merkle::checkpoint(before.previous, number(before.sequence),
                                                 number(before.count), before.root);
      next.first = before.first + before.count;
    }
    std::vector<Hash> leaves;
    for (auto& [sequence, entry] : entries) {
      if (entry.checkpoint != 0 || leaves.size() == most_of_a_checkpoint) continue;
      leaves.push_back(crypto::merkle::leaf(as_bytes(entry.text)));
      entry.checkpoint = next.sequence;
    }
    if (leaves.empty() && !even_if_empty) co_return std::optional<Checkpoint>();
    ++writes;
    const auto tree = crypto::merkle::tree(leaves);
    for (std::size_t i = 0; i < leaves.size(); ++i)
      entries.at(next.first + static_cast<std::int64_t>(i)).path = tree.paths[i];
    next.root = tree.root;
    next.count = static_cast<std::int64_t>(leaves.size());
    checkpoints.emplace(next.sequence, next);
    let_checkpoints_go();
    co_return std::optional<Checkpoint>(next);
  }

  Task<Result<void>> expect(std::int64_t checkpoint, std::uint64_t epoch) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = checkpoints.find(checkpoint);
    if (at == checkpoints.end() || at->second.statement) co_return Result<void>();
    at->second.epoch = epoch;
    ++writes;
    co_return Result<void>();
  }

  Task<Result<void>> sign(std::int64_t checkpoint, std::uint64_t epoch,
                          CheckpointStatement statement) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = checkpoints.find(checkpoint);
    if (at == checkpoints.end()) co_return Error(Errc::not_found, "no such checkpoint");
    at->second.epoch = epoch;
    at->second.statement = std::move(statement);
    ++writes;
    let_checkpoints_go();
    co_return Result<void>();
  }

  Task<Result<std::optional<Checkpoint>>> first_unsigned() override {
    if (auto error = fail.next()) co_return *error;
    co_return first_unsigned_here();
  }
  Task<Result<std::optional<Checkpoint>>> newest() override {
    if (auto error = fail.next()) co_return *error;
    if (checkpoints.empty()) co_return std::optional<Checkpoint>();
    co_return std::optional<Checkpoint>(checkpoints.rbegin()->second);
  }
  Task<Result<std::optional<Checkpoint>>> newest_signed() override {
    if (auto error = fail.next()) co_return *error;
    co_return newest_signed_here();
  }

  Task<Result<std::optional<ReceiptProof>>> find(std::int64_t sequence) override {
    if (auto error = fail.next()) co_return *error;
    co_return proof(sequence);
  }
  Task<Result<std::optional<ReceiptProof>>> newest_of(std::string registration_key) override {
    if (auto error = fail.next()) co_return *error;
    for (auto at = entries.rbegin(); at != entries.rend(); ++at)
      if (at->second.key == registration_key) co_return proof(at->first);
    co_return std::optional<ReceiptProof>();
  }

 private:
  static std::uint64_t number(std::int64_t value) { return static_cast<std::uint64_t>(value); }

  std::optional<Checkpoint> first_unsigned_here() const {
    for (const auto& [sequence, checkpoint] : checkpoints)
      if (!checkpoint.statement) return checkpoint;
    return std::nullopt;
  }
  std::optional<Checkpoint> newest_signed_here() const {
    for (auto at = checkpoints.rbegin(); at != checkpoints.rend(); ++at)
      if (at->second.statement) return at->second;
    return std::nullopt;
  }
  std::optional<ReceiptProof> proof(std::int64_t sequence) const {
    const auto at = entries.find(sequence);
    if (at == entries.end()) return std::nullopt;
    ReceiptProof out;
    out.sequence = sequence;
    out.entry = at->second.text;
    if (at->second.checkpoint == 0) return out;
    const Checkpoint& checkpoint = checkpoints.at(at->second.checkpoint);
    out.place = ReceiptProof::Place{sequence - checkpoint.first, at->second.path, checkpoint};
    return out;
  }
  void let_checkpoints_go() {
    if (static_cast<std::int64_t>(checkpoints.size()) <= checkpoints_kept) return;
    const auto next = first_unsigned_here();
    const auto told = newest_signed_here();
    const std::int64_t newest = checkpoints.rbegin()->first;
    std::erase_if(checkpoints, [&](const auto& one) {
      const Checkpoint& c = one.second;
      if (c.sequence > newest - checkpoints_kept) return false;
      if ((next && next->sequence == c.sequence) || (told && told->sequence == c.sequence)) return false;
      const auto held = entries.lower_bound(c.first);
      return held == entries.end() || held->first >= c.first + c.count;
    });
  }

  std::function<void()> hook_;
};

}  // namespace leafgate

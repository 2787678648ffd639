#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/key_ring.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// A ring in memory that begins with one key in its file. `data` says under which keys there is something.
// restart() forgets what a process would. `fail` acts on what is written.
class FakeKeyRing : public KeyRing {
 public:
  FailSwitch fail;
  std::vector<RingKey> ring;
  std::set<std::int64_t> data{1};
  std::optional<crypto::Secret> file;
  std::int64_t file_key = 1;
  std::optional<TpmBelonging> stored;
  std::optional<std::int64_t> marked;
  int reseals = 0;

  FakeKeyRing() {
    file.emplace(Bytes(32, 0x11));
    ring.push_back(RingKey());
    ring.back().id = 1;
    keys_.emplace_back(1, file->copy());
    restart();
  }

  void restart() {
    for (RingKey& key : ring) {
      key.in_file = file && key.id == file_key;
      key.open = key.in_file;
    }
  }
  // Of a key, whoever has it.
  [[nodiscard]] const crypto::Secret& secret(std::int64_t id) const {
    return std::find_if(keys_.begin(), keys_.end(), [id](const auto& key) { return key.first == id; })
        ->second;
  }

  [[nodiscard]] const std::vector<RingKey>& keys() const override { return ring; }
  Result<void> open(std::int64_t id, const crypto::Secret& key) override {
    RingKey* at = find_row(id);
    if (at == nullptr) return Error(Errc::not_found, "no such key");
    if (as_text(secret(id).view()) != as_text(key.view())) return Error(Errc::refused, "another key");
    at->open = true;
    return {};
  }
  [[nodiscard]] Result<std::int64_t> find(const crypto::Secret& key) const override {
    for (const RingKey& at : ring)
      if (as_text(secret(at.id).view()) == as_text(key.view())) return at.id;
    return Error(Errc::not_found, "no such key");
  }
  Result<crypto::Secret> take_out(std::int64_t id) override {
    const RingKey* at = find_row(id);
    if (at == nullptr) return Error(Errc::not_found, "no such key");
    if (!at->open) return Error(Errc::throttled, "out of reach");
    return secret(id).copy();
  }

  Task<Result<std::int64_t>> add(TpmObject sealed, Bytes recovery, crypto::Secret key) override {
    if (auto error = fail.next()) co_return *error;
    RingKey added;
    added.id = ++last_;
    added.sealed = std::move(sealed);
    added.recovery = std::move(recovery);
    added.open = true;
    ring.push_back(std::move(added));
    keys_.emplace_back(last_, std::move(key));
    co_return last_;
  }
  Task<Result<void>> replace(std::int64_t id, TpmObject sealed, Bytes recovery) override {
    if (auto error = fail.next()) co_return *error;
    RingKey* at = find_row(id);
    at->sealed = std::move(sealed);
    if (!recovery.empty()) at->recovery = std::move(recovery);
    co_return Result<void>();
  }
  Task<Result<void>> reseal() override {
    ++reseals;
    data.insert(ring.back().id);  // some of it, before it fails
    if (auto error = fail.next()) co_return *error;
    if (!ring.back().open) co_return Error(Errc::throttled, "out of reach");
    const bool all = std::all_of(ring.begin(), ring.end(),
                                 [&](const RingKey& key) { return key.open || !data.contains(key.id); });
    if (!all) co_return Error(Errc::throttled, "something is out of reach");
    data = {ring.back().id};
    ring.erase(ring.begin(), ring.end() - 1);
    if (file && file_key != ring.back().id) co_return co_await remove_file();
    co_return Result<void>();
  }
  [[nodiscard]] ResealProgress progress() const override {
    ResealProgress out;
    out.wanted = ring.size() > 1 || data != std::set<std::int64_t>{ring.back().id};
    return out;
  }
  Task<Result<void>> remove_file() override {
    if (auto error = fail.next()) co_return *error;
    file.reset();
    for (RingKey& key : ring) key.in_file = false;
    co_return Result<void>();
  }

  Task<Result<std::optional<TpmBelonging>>> belonging() override {
    std::optional<TpmBelonging> out;
    if (stored) {
      out.emplace();
      out->anchor = stored->anchor;
      if (ring.back().open) out->counter_auth = stored->counter_auth.copy();
    }
    co_return out;
  }
  Task<Result<std::optional<std::int64_t>>> restored() override { co_return marked; }
  Task<Result<void>> set_belonging(TpmBelonging belonging) override {
    if (auto error = fail.next()) co_return *error;
    stored = std::move(belonging);
    co_return Result<void>();
  }

 private:
  RingKey* find_row(std::int64_t id) {
    const auto at = std::find_if(ring.begin(), ring.end(), [id](const RingKey& key) { return key.id == id; });
    return at == ring.end() ? nullptr : &*at;
  }
  std::vector<std::pair<std::int64_t, crypto::Secret>> keys_;
  std::int64_t last_ = 1;
};

}  // namespace leafgate

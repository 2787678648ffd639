// The keys: one request a record, so first those that many or present leaves need.
#include <algorithm>

#include "gateway/flows/keys.hpp"
#include "gateway/flows/seal_key.hpp"
#include "gateway/flows/sync.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t looked_for_at_a_time = 100;
constexpr std::size_t stored_at_a_time = 10;

}  // namespace

// What comes after the last record that keyless_ had.
void Sync::next_keys() {
  using Of = KeylessPlace::Of;
  if (keys_from_.of == Of::groups) return enter(SyncPhase::learning);
  if (keys_from_.of == Of::seen) {
    keys_from_.of = Of::others;
    keys_from_.after.clear();
    return;
  }
  enter(SyncPhase::idle);
}

Task<Sync::Went> Sync::next_keyless() {
  auto found = co_await ports_.store.keyless(keys_from_, looked_for_at_a_time);
  if (!found) co_return failed(found.error());
  if (found->empty()) {
    if (!fetched_.empty()) {
      const Went put = co_await put_keys();
      if (put != Went::well) co_return put;
    }
    next_keys();
    co_return Went::well;
  }
  keys_from_.after = found->back().id;
  keyless_ = std::move(*found);
  std::reverse(keyless_.begin(), keyless_.end());
  co_return Went::well;
}

Task<Sync::Went> Sync::fetch_key() {
  if (fetched_.size() >= stored_at_a_time) co_return co_await put_keys();  // they could not be stored
  const EnrollmentKind kind = keyless_.back().kind;
  std::string id = keyless_.back().id;
  auto answer = co_await ports_.list.keys(kind, std::move(id));
  if (stopping_ || keyless_.empty()) co_return Went::stopped;
  const bool not_understood = !answer && answer.error().code == Errc::implausible;
  if (not_understood) {  // perhaps of this record alone: the others are asked for before it
    log::warning("the keys of a record are not understood",
                 {{"enrollment", keyless_.back().id}, {"detail", answer.error().detail}});
    const bool is_first = odd_keys_.insert(keyless_.back().id).second;
    if (!is_first) {  // until the next list is read
      keyless_.pop_back();
      co_return Went::well;
    }
    std::rotate(keyless_.begin(), std::prev(keyless_.end()), keyless_.end());
  }
  if (!answer) co_return failed(answer.error());
  const int status = answer->answer.http_status;
  if (status == 401 || status == 403) co_return co_await give_up_keys(std::move(answer->answer));
  const bool for_now = status == 408 || status == 429 || status >= 500;
  if (for_now) co_return refused(answer->answer);
  Keyless of = std::move(keyless_.back());
  keyless_.pop_back();
  // Gone, or of another kind by now: the next list will say so.
  const bool none = status != 200 || answer->mechanism != Mechanism::symmetric_key || answer->primary.empty();
  if (none) {
    log::info("the service shows no keys of a record", {{"enrollment", of.id}, {"status", status}});
    co_return Went::well;
  }
  co_return co_await take_keys(std::move(of), std::move(*answer));
}

// The credential may read the list and not its keys: what is held goes on to count, and later lists are read.
Task<Sync::Went> Sync::give_up_keys(ListAnswer answer) {
  if (!fetched_.empty()) {
    const Went put = co_await put_keys();
    if (put != Went::well) co_return put;
  }
  forbidden(keys_forbidden_, answer);
  keyless_.clear();
  next_keys();
  co_return Went::well;
}

Task<Sync::Went> Sync::take_keys(Keyless of, KeysAnswer answer) {
  const GroupKeys::Change change(ports_.group_keys);
  Enrollment named;
  named.kind = of.kind;
  named.id = of.id;
  const std::string row = reference(named);
  FetchedKeys fetched;
  fetched.kind = of.kind;
  fetched.id = of.id;
  fetched.etag = of.etag;
  auto primary = co_await leafgate::seal_key(std::move(answer.primary), of.kind, row, of.primary_held,
                                             ports_.trust, ports_.group_keys);
  if (!primary) {
    keyless_.push_back(std::move(of));
    co_return failed(primary.error());
  }
  fetched.primary = std::move(*primary);
  if (!answer.secondary.empty()) {
    auto secondary = co_await leafgate::seal_key(std::move(answer.secondary), of.kind, row, of.secondary_held,
                                                 ports_.trust, ports_.group_keys);
    if (!secondary) {
      keyless_.push_back(std::move(of));
      co_return failed(secondary.error());
    }
    fetched.secondary = std::move(*secondary);
  }
  keys_forbidden_.clear();
  went_well();
  fetched_.push_back(std::move(fetched));
  const bool wait = keys_from_.of == KeylessPlace::Of::others && fetched_.size() < stored_at_a_time;
  if (wait) co_return Went::well;
  co_return co_await put_keys();
}

Task<Sync::Went> Sync::put_keys() {
  const GroupKeys::Change change(ports_.group_keys);
  std::vector<FetchedKeys> all = fetched_;
  auto stored = co_await ports_.store.put_keys(std::move(all));
  if (!stored) co_return failed(stored.error());
  keys_fetched_ += *stored;
  keys_left_ -= std::min(keys_left_, *stored);
  std::vector<Enrollment> groups;
  for (FetchedKeys& one : fetched_) {
    ports_.ledger.enrollment_changed(one.kind, one.id);
    if (one.kind != EnrollmentKind::group) continue;
    Enrollment& group = groups.emplace_back();
    group.kind = one.kind;
    group.id = one.id;
    group.primary_key = std::move(one.primary);
    group.secondary_key = std::move(one.secondary);
  }
  fetched_.clear();
  if (ports_.group_keys == nullptr) co_return Went::well;
  for (Enrollment& group : groups) co_await ports_.group_keys->forget_derived(std::move(group));
  co_return Went::well;
}

}  // namespace leafgate

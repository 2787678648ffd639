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
constexpr unsigned keys_that_tell_of_all = 5;  // that fail in a row
constexpr Millis longest_keys_pause = std::chrono::hours(1);

std::string request_of_keys(const std::string& id) { return "keys " + id; }

}  // namespace

// What comes after the last record that keyless_ had.
void Sync::next_keys() {
  using Of = KeylessPlace::Of;
  if (keys_from_.of == Of::groups) return enter(SyncPhase::reading_states);
  if (keys_from_.of == Of::seen) {
    keys_from_.of = Of::others;
    keys_from_.after.clear();
    return;
  }
  end_of_keys();
}

// What could not be read is told as the part that is missing.
void Sync::end_of_keys() {
  keyless_.clear();
  if (keys_again_)
    forget_trouble();
  else
    unread_keys_.clear();
  const bool states_follow = phase_ == SyncPhase::keys_of_groups || !groups_to_read_.empty();
  enter(states_follow ? SyncPhase::reading_states : SyncPhase::idle);
}

void Sync::ask_for_keys_again() {
  keys_again_.reset();
  odd_keys_.clear();
  enter(SyncPhase::keys_of_groups);
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
  const int status = answer ? answer->answer.http_status : 0;
  const bool throttled = status == 429;
  const bool alone = throttled && is_throttled_alone(request_of_keys(keyless_.back().id));
  const bool of_it = answer ? status == 408 || status >= 500 || alone : is_of_one_request(answer.error());
  if (throttled) hold_pace(answer->answer);
  if (answer && !throttled) throttled_.erase(request_of_keys(keyless_.back().id));
  if (of_it) {
    std::string why = answer ? words_of(answer->answer) : answer.error().detail;
    const bool goes_on = put_key_behind(std::move(why));
    const bool left_over = keyless_.empty() && !fetched_.empty();
    if (left_over) co_return co_await put_keys();
    if (!goes_on) co_return Went::badly;
  }
  if (!answer) co_return failed(answer.error());
  if (status == 401 || status == 403) co_return co_await give_up_keys(std::move(answer->answer));
  if (of_it) co_return refused(answer->answer);
  if (throttled) co_return keys_throttled(answer->answer);
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

// Another is asked for first. Where there is none, and where the states of groups would wait, these are put
// off: they are asked for again by themselves.
Sync::Went Sync::keys_throttled(const ListAnswer& answer) {
  std::rotate(keyless_.begin(), std::prev(keyless_.end()), keyless_.end());
  const bool of_groups = phase_ == SyncPhase::keys_of_groups;
  const bool lasts = failures_in_a_row_ + 1 >= keys_that_tell_of_all;
  if (lasts && (of_groups || keyless_.size() == 1)) {
    put_keys_off(keyless_.back().id + ": " + words_of(answer));
    keyless_.pop_back();
    if (of_groups) end_of_keys();
  }
  return refused(answer);
}

// Perhaps of this record alone: the others are asked for before it is again. False: not any more in this
// round.
bool Sync::put_key_behind(std::string why) {
  const std::string id = keyless_.back().id;
  log::warning("the keys of a record cannot be read", {{"enrollment", id}, {"detail", why}});
  const bool is_first = odd_keys_.insert(id).second;
  const bool all_fail = ++keys_failed_in_a_row_ >= keys_that_tell_of_all;
  if (is_first && !all_fail) {
    std::rotate(keyless_.begin(), std::prev(keyless_.end()), keyless_.end());
    return true;
  }
  put_keys_off(id + ": " + why);
  keyless_.pop_back();
  if (all_fail) end_of_keys();
  return false;
}

void Sync::put_keys_off(std::string why) {
  ++failures_;
  if (trouble_ == Reason::none && part_missing().empty()) troubled_since_ = ports_.clock.now().at;
  unread_keys_ = std::move(why);
  if (keys_again_) return;
  keys_again_ = LoopClock::now() + keys_pause_;
  keys_pause_ = std::min(2 * keys_pause_, longest_keys_pause);
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
  keys_failed_in_a_row_ = 0;
  went_well();
  fetched_.push_back(std::move(fetched));
  // Groups that were told 429, and had no other group to be asked before them.
  const bool states_wait = phase_ == SyncPhase::keys_of_leaves && !groups_to_read_.empty();
  const bool wait =
      !states_wait && keys_from_.of == KeylessPlace::Of::others && fetched_.size() < stored_at_a_time;
  if (wait) co_return Went::well;
  const Went put = co_await put_keys();
  if (states_wait && put == Went::well) enter(SyncPhase::reading_states);
  co_return put;
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

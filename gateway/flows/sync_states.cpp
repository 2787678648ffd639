// Where leaves are: what the list said of them, and the states of those that came through groups.
#include <algorithm>
#include <functional>

#include "gateway/flows/keys.hpp"
#include "gateway/flows/service_verdict.hpp"
#include "gateway/flows/sync.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr unsigned tries_of_a_group = 3;
constexpr unsigned tries_when_throttled = 6;  // over minutes: others may use up the rate for a while

std::string request_of_states(const std::string& group) { return "states " + group; }

}  // namespace

std::string Sync::words_of(const ListAnswer& answer) const {
  std::string out = "HTTP " + std::to_string(answer.http_status);
  if (!answer.message.empty()) out += ": " + answer.message.substr(0, 120);
  return out + clock_gap(answer.http_status, answer.answered_at, ports_.clock.now().at);
}

Task<Sync::Went> Sync::learn() {
  const bool more = co_await ports_.whereabouts.learn_some();
  if (more) co_return Went::well;
  const std::size_t left = ports_.whereabouts.passed_over();
  rest_follows_ =
      left > 0 && (left_to_learn_ == 0 || left < left_to_learn_);  // else nothing can be learnt now
  left_to_learn_ = left;
  ports_.whereabouts.forget_waiting();
  enter(SyncPhase::keys_of_groups);
  co_return Went::well;
}

// Those that the last run did not come to are read first.
void Sync::plan_groups(const std::vector<Enrollment>& groups) {
  std::set<std::string> left;
  for (const GroupToRead& one : groups_to_read_) left.insert(one.id);
  groups_to_read_.clear();
  odd_states_ = 0;
  std::set<std::string> ids;
  std::set<std::string> requests;
  for (const Enrollment& group : groups) {
    if (group.origin != EnrollmentOrigin::service) continue;
    groups_to_read_.emplace_back().id = group.id;
    ids.insert(group.id);
    requests.insert(request_of_states(group.id));
  }
  std::stable_partition(groups_to_read_.begin(), groups_to_read_.end(),
                        [&left](const GroupToRead& one) { return !left.contains(one.id); });
  std::erase_if(unread_groups_, [&ids](const auto& one) { return !ids.contains(one.first); });
  std::erase_if(throttled_, [&requests](const auto& one) { return !requests.contains(one.first); });
}

Task<Sync::Went> Sync::read_states() {
  if (groups_to_read_.empty()) {
    if (!unread_groups_.empty()) forget_trouble();  // told as the part that is missing
    // What was learnt by now makes room: whatever sync.every says, the rest is not left to another day.
    asked_ = asked_ || rest_follows_;
    enter(SyncPhase::keys_of_leaves);
    co_return Went::well;
  }
  const std::string id = groups_to_read_.back().id;
  std::string from = groups_to_read_.back().continuation;
  const PoweredTime asked_at = ports_.meter.now();
  auto page = co_await ports_.list.states(id, std::move(from));
  if (stopping_) co_return Went::stopped;
  const bool read = page && (page->answer.http_status == 200 || page->answer.http_status == 404);
  if (!read) co_return states_failed(std::move(page));
  if (goes_round(groups_to_read_.back().followed, page->continuation)) {
    const Error round(Errc::implausible, "its next page is one that was read already");
    co_return states_failed(round);
  }
  throttled_.erase(request_of_states(id));
  states_forbidden_.clear();
  unread_groups_.erase(id);
  odd_states_ += page->odd;
  if (page->odd > 0)
    log::warning("where some leaves of a group are is not understood",
                 {{"enrollment", id}, {"records", page->odd}});
  went_well();
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return failed(groups.error());
  const auto found = std::find_if((*groups)->begin(), (*groups)->end(),
                                  [&id](const Enrollment& group) { return group.id == id; });
  if (found != (*groups)->end()) {
    std::vector<ListedPlace> sightings;
    for (RegistrationState& state : page->states)
      sightings.push_back({std::move(state), reference(*found), found->etag, asked_at});
    co_await ports_.whereabouts.take(std::move(sightings));
    bool more = true;
    while (more && !stopping_) more = co_await ports_.whereabouts.learn_some();
  }
  GroupToRead& group = groups_to_read_.back();
  group.continuation = page->continuation;
  group.followed.insert(std::hash<std::string>()(page->continuation));
  if (!group.begun_again) group.failures = 0;
  if (page->continuation.empty()) groups_to_read_.pop_back();
  co_return Went::well;
}

Sync::Went Sync::states_failed(Result<StateListPage> page) {
  const int status = page ? page->answer.http_status : 0;
  if (status == 401 || status == 403) {
    forbidden(states_forbidden_, page->answer);
    groups_to_read_.clear();
    return Went::well;
  }
  // The service keeps a continuation as long as it likes to.
  if (status == 400) {
    groups_to_read_.back().continuation.clear();
    groups_to_read_.back().followed.clear();
    groups_to_read_.back().begun_again = true;
  }
  if (status == 429) return states_throttled(page->answer);
  const bool of_it = page || is_of_one_request(page.error());
  if (of_it) {
    const bool goes_on = put_behind(page ? words_of(page->answer) : page.error().detail, tries_of_a_group);
    if (!goes_on) return Went::badly;
  }
  return page ? refused(page->answer) : failed(page.error());
}

// Two of them with nothing answered between: it is the rate, whatever was before.
bool Sync::is_throttled_alone(const std::string& request) {
  const bool another_too = throttled_last_ != request && throttled_at_ == went_through_;
  if (another_too) throttled_.clear();
  throttled_last_ = request;
  throttled_at_ = went_through_;
  const auto [before, is_first] = throttled_.try_emplace(request, went_through_);
  return !is_first && before->second != went_through_;
}

// Where no other group is left, the keys of leaves are asked for, and once one has come this group again.
Sync::Went Sync::states_throttled(const ListAnswer& answer) {
  GroupToRead& group = groups_to_read_.back();
  const bool alone = groups_to_read_.size() == 1;
  if (is_throttled_alone(request_of_states(group.id))) {
    (void)put_behind(words_of(answer), tries_when_throttled);
  } else if (!alone) {
    std::rotate(groups_to_read_.begin(), std::prev(groups_to_read_.end()), groups_to_read_.end());
  } else if (keys_left_ > 0 && group.asked_beside != went_through_ && ++group.throttled >= tries_of_a_group) {
    group.throttled = 0;
    group.asked_beside = went_through_;
    enter(SyncPhase::keys_of_leaves);
  }
  return refused(answer);
}

// Perhaps of this group alone: the others are read before it is asked for again. False: not any more in this
// run.
bool Sync::put_behind(std::string why, unsigned tries) {
  GroupToRead group = std::move(groups_to_read_.back());
  groups_to_read_.pop_back();
  if (++group.failures < tries) {
    groups_to_read_.insert(groups_to_read_.begin(), std::move(group));
    return true;
  }
  ++failures_;
  log::warning("where the leaves of a group are could not be read",
               {{"enrollment", group.id}, {"detail", why}});
  if (trouble_ == Reason::none && part_missing().empty()) troubled_since_ = ports_.clock.now().at;
  unread_groups_[group.id] = std::move(why);
  return false;
}

}  // namespace leafgate

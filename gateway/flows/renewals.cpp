#include "gateway/flows/renewals.hpp"

#include <algorithm>

#include "gateway/flows/keys.hpp"
#include "gateway/flows/leaf_walk.hpp"
#include "gateway/flows/what_if.hpp"

namespace leafgate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::size_t most_at_once = 256;  // of a walk; the rest is found by the next
constexpr double renewal_share = 10;       // of the pace
constexpr Millis renew_again = minutes(1);

// A key held here can ask, and asks for the very thing that was assigned.
bool can_be_asked(const Assignment& assignment, const Enrollment& by) {
  const bool same = assignment.enrollment_id == reference(by) && assignment.enrollment_etag == by.etag;
  const bool by_key =
      by.mechanism == Mechanism::symmetric_key && by.enabled && (by.primary_key || by.secondary_key);
  return same && by_key && !assignment.credential.empty() && assignment.request_digest.empty() &&
         !assignment.tpm_key;
}

Millis between_walks(const Policy& policy) {
  return std::clamp<Millis>(policy.offline_max_age / 16, minutes(1), hours(1));
}

}  // namespace

Renewing Renewals::standing() const {
  if (!ports_.forwarder.state().up || ports_.doubt != Reason::none) return Renewing::cannot;
  const bool confirmed = confirmed_otherwise_ && confirmed_otherwise_();
  return confirmed ? Renewing::stands_back : Renewing::asks;
}

Task<void> Renewals::run() {
  while (!stopping_) {
    Millis rest = renew_again;
    if (!may_ask()) {
      next_.clear();
    } else if (next_.empty()) {
      auto walked = co_await walk();
      const bool found = walked && !next_.empty();
      if (walked && !found) rest = between_walks(ports_.policy);
      if (found) rest = Millis(0);
    } else {
      std::string key = std::move(next_.back().key);
      next_.pop_back();
      const bool was_asked = co_await ask(std::move(key));
      asked_of_walk_ = asked_of_walk_ || was_asked;
      const double a_minute = std::max(ports_.forwarder.pace_per_minute() / renewal_share, 0.01);
      rest = was_asked ? Millis(static_cast<Millis::rep>(60'000 / a_minute)) : Millis(0);
      // Nobody of the walk could be asked after all: the next one would find the same.
      if (next_.empty() && !asked_of_walk_) rest = between_walks(ports_.policy);
    }
    if (stopping_) break;
    if (rest == Millis(0)) continue;
    const bool woken = co_await wakeup_.wait_until(LoopClock::now() + rest);
    (void)woken;
  }
}

void Renewals::stop() {
  stopping_ = true;
  wakeup_.notify();
}

Task<Result<void>> Renewals::walk() {
  due_ = 0;
  by_leaf_alone_ = 0;
  asked_of_walk_ = false;
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  LeafWalk leaves({ports_.enrollments, ports_.registrations, ports_.ledger}, LeafWalk::Gait::beside_leaves);
  while (!stopping_) {
    auto leaf = co_await leaves.next();
    if (!leaf) co_return leaf.error();
    if (*leaf == nullptr) break;
    const RegistrationRecord& stored = **leaf;
    auto individual = co_await leaves.individual();
    if (!individual) co_return individual.error();
    const auto held = ports_.ledger.peek(stored.registration.id.key());
    weigh(held ? *held : stored, *individual, **groups);
  }
  std::sort(next_.rbegin(), next_.rend());
  co_return Result<void>();
}

// Due from a quarter of its trust on: so there is as long to ask for all as they have until half of it.
void Renewals::weigh(const RegistrationRecord& record, const Enrollment* individual,
                     const std::vector<Enrollment>& groups) {
  const auto& assignment = record.registration.assignment;
  if (!assignment || assignment->provisional) return;
  const Enrollment* by = voucher(record.registration, individual, groups);
  const Millis trust = trust_of(by, ports_.policy);
  if (ports_.meter.now() - assignment->confirmed_at < trust / 4) return;
  ++due_;
  if (by == nullptr || !can_be_asked(*assignment, *by)) {
    ++by_leaf_alone_;
    return;
  }
  // As ask() sees it: who is being asked already, or was confirmed just now, is none of the next.
  const std::string& key = record.registration.id.key();
  const bool is_asked = ports_.forwarder.operations().find(key) != nullptr;
  if (is_asked || ports_.meter.now() - assignment->confirmed_at < ports_.policy.cache_max_age) return;
  Candidate candidate;
  candidate.half_used = assignment->confirmed_at + trust / 2;
  candidate.key = key;
  next_.push_back(std::move(candidate));
  std::push_heap(next_.begin(), next_.end());
  if (next_.size() <= most_at_once) return;
  std::pop_heap(next_.begin(), next_.end());
  next_.pop_back();
}

// False when that is not needed any more.
Task<bool> Renewals::ask(std::string key) {
  auto found = co_await ports_.registrations.find(key);
  if (!found || !*found || !(*found)->registration.assignment) co_return false;
  const auto held = ports_.ledger.peek(key);
  const Registration& registration = held ? held->registration : (*found)->registration;
  const auto& assignment = registration.assignment;
  const bool open = ports_.forwarder.operations().find(key) != nullptr;
  const bool renewed = !assignment || assignment->provisional ||
                       ports_.meter.now() - assignment->confirmed_at < ports_.policy.cache_max_age;
  if (open || renewed || !may_ask()) co_return false;
  ports_.forwarder.refresh(registration.id, {}, *assignment);
  ++asked_;
  co_return true;
}

}  // namespace leafgate

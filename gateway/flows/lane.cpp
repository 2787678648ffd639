#include "gateway/flows/lane.hpp"

#include <algorithm>

namespace leafgate {
namespace {

constexpr Millis backoff_base = std::chrono::seconds(1);
// A probe is one TLS connection or one registration: cheap, and a site waits for it.
constexpr Millis backoff_cap = std::chrono::minutes(1);
constexpr int troubles_that_open_the_breaker = 5;
constexpr std::size_t leaves_that_are_everybody = 2;

}  // namespace

Lane::Lane(std::function<std::uint64_t()> chance) : backoff_(backoff_base, backoff_cap, std::move(chance)) {}

LinkState Lane::told(TimePoint now, WallTime wall) const {
  LinkState out = link_;
  out.since = turned_.told(now, wall);
  out.reason_since = named_.told(now, wall);
  return out;
}

bool Lane::needs_a_good_end() const {
  return refuses_everybody() || link_.reason == Reason::service_answer_implausible;
}

Lane::Turn Lane::heard(const ServiceVerdict& verdict, const Sent& sent, Moment at) {
  switch (verdict.says) {
    case ServiceSays::assigned:
      assigned_ = std::max(assigned_, sent.number);
      [[fallthrough]];
    case ServiceSays::failed:
    case ServiceSays::disabled:
      if (sent.number <= doubtful_until_ && !refused_.empty()) return Turn::none;  // let in before
      return refusals_over(at);
    case ServiceSays::refused:
      if (!refuses_everybody()) return reached(at);
      close(at);
      return Turn::none;
    case ServiceSays::assigning:
    case ServiceSays::throttled:
      if (!needs_a_good_end()) return reached(at);
      close(at);
      return Turn::none;
    case ServiceSays::unconfirmed:
      doubt(sent);
      if (refused_.size() >= leaves_that_are_everybody) return trouble(Reason::service_refuses_everybody, at);
      return reached(at);
    case ServiceSays::retry:
    case ServiceSays::gateway_fault:
      break;
  }
  const bool makes_no_sense = verdict.reason == Reason::service_answer_implausible;
  // What one leaf is told again and again says nothing new of those that are out meanwhile.
  if (makes_no_sense && !refused_.contains(std::string(sent.leaf))) doubt(sent);
  ++troubles_in_a_row_;
  const bool may_be_its_own = makes_no_sense && link_.up && refused_.size() < leaves_that_are_everybody;
  if ((verdict.reached || may_be_its_own) && troubles_in_a_row_ < troubles_that_open_the_breaker)
    return Turn::none;
  return trouble(verdict.reason, at);
}

void Lane::doubt(const Sent& sent) {
  if (sent.refused_before) return;
  doubtful_until_ = sent_;
  if (refused_.size() < most_refused) refused_.emplace(sent.leaf);
}

Lane::Turn Lane::connected(Moment at) {
  return refusals_over(at);  // asked like this only when no leaf is left that could tell more
}

Lane::Turn Lane::refusals_over(Moment at) {
  const bool was_everybody = refused_.size() >= leaves_that_are_everybody;
  refused_.clear();
  const Turn turn = reached(at);
  return was_everybody ? Turn::refusals_over : turn;
}

Lane::Turn Lane::missed(Reason reason, Moment at) {
  ++troubles_in_a_row_;
  return trouble(reason, at);
}

Lane::Turn Lane::reached(Moment at) {
  troubles_in_a_row_ = 0;
  probing_ = false;
  closed_until_ = {};
  backoff_.reset();
  if (link_.up) return Turn::none;
  link_.up = true;
  link_.reason = Reason::none;
  turned_ = named_ = {at.wall, at.now};
  return Turn::up;
}

Lane::Turn Lane::trouble(Reason reason, Moment at) {
  if (reason == Reason::none) reason = Reason::service_unreachable;
  probing_ = true;
  close(at);
  if (!link_.up && link_.reason == reason) return Turn::none;
  const Turn turn = link_.up ? Turn::down : Turn::renamed;
  named_ = {at.wall, at.now};
  if (link_.up && at.away_since) named_ = {*at.away_since, at.now, true};
  if (link_.up) turned_ = named_;
  link_.up = false;
  link_.reason = reason;
  return turn;
}

// Whatever else was in flight fails with the first one; only a failed probe makes the next wait longer.
void Lane::close(Moment at) {
  if (at.now >= closed_until_) closed_until_ = at.now + backoff_.next();
}

}  // namespace leafgate

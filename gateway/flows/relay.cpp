#include "gateway/flows/relay.hpp"

#include <algorithm>
#include <utility>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/relay_entry.hpp"
#include "gateway/flows/replies.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis at_once = Millis(250);     // a turn that does not come by then is one to wait for
constexpr Millis result_kept = minutes(5);  // for the polls of a leaf
constexpr Millis leaf_gone = minutes(1);    // that does not poll
constexpr Millis silent = seconds(15);      // a leaf that polls is heard of more often
constexpr Millis look_again = seconds(5);
constexpr std::uint64_t behind_all = std::uint64_t{1} << 63U;  // of a place: whose leaf is heard goes before

bool is_silent_since(TimePoint last_seen) { return LoopClock::now() - last_seen > silent; }

}  // namespace

Relays::Relays(Executor loop, ForwardPorts ports, Forwarder& forwarder)
    : loop_(loop),
      ports_(ports),
      forwarder_(forwarder),
      operation_ids_(ports.trust, ports.random),
      findings_(ports),
      ended_(loop) {}

Relays::~Relays() = default;

std::optional<Reason> Relays::unfit(const Attempt& attempt, WallReading now) {
  if (attempt.signer) return std::nullopt;
  const auto* sas = std::get_if<SasEvidence>(&attempt.evidence);
  if (!sas) return Reason::no_credential;
  const SasVerdict verdict = judge_sas(sas->token, attempt.scope, attempt.id, {}, now, false);
  if (verdict.proof == Proof::proven_false) return verdict.reason;
  const auto token = parse_sas_token(sas->token);
  if (!token) return Reason::token_malformed;
  const bool expired = now.quality != ClockQuality::unsynced && token->expires_at + minutes(1) < now.at;
  return expired ? std::optional(Reason::token_expired) : std::nullopt;
}

std::string Relays::key_of(const Attempt& attempt) {
  const std::string_view proof = proof_of(attempt.evidence);
  if (proof.empty()) return {};
  return attempt.id.key() + '\n' + crypto::hex(crypto::sha256(as_bytes(proof)));
}

Relays::Shared Relays::find(const std::string& key) {
  const auto found = relays_.find(key);
  return found == relays_.end() ? nullptr : found->second;
}

Task<Answer> Relays::ask(Attempt attempt, Earned earned) {
  const TimePoint begin = LoopClock::now();
  forget_old(begin);
  Shared relay = find(key_of(attempt));
  const bool joins = relay && !relay->answer;
  if (joins) {
    relay->last_seen = begin;
    if (!relay->sent) relay->attempt.request = std::move(attempt.request);  // the newest counts
    co_return assigning(relay->operation, relay->waiting_for);
  }
  if (refusals_.holds(attempt.source.address, attempt.id.key(), begin))
    co_return refusal(Reason::source_held);
  const bool direct = attempt.direct;
  std::string key = key_of(attempt);
  auto made = make(std::move(key), std::move(attempt), begin);
  if (std::holds_alternative<Reason>(made)) co_return refusal(std::get<Reason>(made));
  relay = std::get<Shared>(made);
  relay->earned = std::move(earned);
  start_ready();
  while (!stopping_ && !relay->answer && !relay->accepted && !relay->barred) {
    const TimePoint limit = begin + (relay->sent ? answer_within : at_once);
    if (LoopClock::now() >= limit) co_return assigning(relay->operation, relay->waiting_for);
    co_await relay->changed.wait_until(limit);
  }
  if (stopping_) co_return refusal(Reason::gateway_stopping);
  if (relay->barred) co_return refusal(Reason::denied);
  if (!relay->answer) co_return assigning(relay->operation, Reason::relayed, forwarded_retry);
  // Who has to see 202 first hears the good end by its poll.
  if (relay->answer->status == 200 && !direct) {
    Answer first = assigning(relay->operation, Reason::relayed);
    first.proven = relay->answer->proven;
    co_return first;
  }
  co_return *relay->answer;
}

std::optional<Answer> Relays::poll(const Attempt& attempt) {
  const Shared relay = find(key_of(attempt));
  if (!relay || !attempt.operation || !(relay->operation == *attempt.operation)) return std::nullopt;
  relay->last_seen = LoopClock::now();
  if (relay->barred) return refusal(Reason::denied);
  if (relay->answer) return relay->answer;
  return assigning(relay->operation, relay->waiting_for);
}

void Relays::forget(const Attempt& attempt) {
  const std::string key = key_of(attempt);
  const Shared relay = find(key);
  if (relay && relay->answer) relays_.erase(key);
}

// Why not, when too many wait already.
std::variant<Relays::Shared, Reason> Relays::make(std::string key, Attempt attempt, TimePoint now) {
  if (relays_.size() >= most) return Reason::connection_limit;
  const std::string source = source_key(attempt.source.address);
  const auto open = open_of_.find(source);
  const bool full = open != open_of_.end() && open->second >= most_per_source;
  if (full) {
    const bool doubted = refusals_.doubts(attempt.source.address, attempt.id.key(), now);
    if (doubted || !make_room(source, now)) return Reason::source_held;
  }
  OperationId operation = operation_ids_.of_unwritten(attempt.id.key());
  auto relay = std::make_shared<Relay>(loop_, std::move(key), std::move(attempt), std::move(operation));
  relay->last_seen = now;
  ++open_of_[relay->source];
  relays_[relay->key] = relay;
  queue_.push_back(relay);
  return relay;
}

// An id that was not refused lately must not be kept out by those that were, or by those that went away.
bool Relays::make_room(const std::string& source, TimePoint now) {
  const auto of_source = [&](const Shared& relay) { return relay->source == source; };
  auto at = std::find_if(queue_.begin(), queue_.end(),
                         [&](const Shared& relay) { return of_source(relay) && is_doubted(*relay, now); });
  if (at == queue_.end())
    at = std::find_if(queue_.begin(), queue_.end(), [&](const Shared& relay) {
      return of_source(relay) && is_silent_since(relay->last_seen);
    });
  if (at == queue_.end()) return false;
  const Shared relay = *at;
  queue_.erase(at);
  leave(*relay);
  relays_.erase(relay->key);
  relay->dropped = true;
  relay->changed.notify();
  return true;
}

bool Relays::is_doubted(const Relay& relay, TimePoint now) const {
  return refusals_.doubts(relay.attempt.source.address, relay.attempt.id.key(), now);
}

// It no longer holds one of the places of its source.
void Relays::leave(const Relay& relay) {
  const auto open = open_of_.find(relay.source);
  if (--open->second == 0) open_of_.erase(open);
}

// What has ended and was told long ago, and, where there is no room, what has ended at all.
void Relays::forget_old(TimePoint now) {
  const bool full = relays_.size() >= most;
  std::erase_if(relays_, [&](const auto& entry) {
    return entry.second->answer && (full || now - entry.second->ended_at > result_kept);
  });
}

void Relays::start_ready() {
  // One that nobody waits for any more ends while it is being started, and comes here again.
  start_again_ = true;
  if (starting_) return;
  starting_ = true;
  while (std::exchange(start_again_, false)) {
    const TimePoint now = LoopClock::now();
    start_those([&](const Relay& relay) { return !is_doubted(relay, now); });
    start_those([](const Relay&) { return true; });
  }
  starting_ = false;
}

void Relays::start_those(const std::function<bool(const Relay&)>& which) {
  for (auto at = queue_.begin(); at != queue_.end() && !stopping_;) {
    Shared relay = *at;
    const std::string& id = relay->attempt.id.key();
    if (busy_ids_.contains(id) || busy_sources_.contains(relay->source) || !which(*relay)) {
      ++at;
      continue;
    }
    busy_ids_.insert(id);
    busy_sources_.insert(relay->source);
    at = queue_.erase(at);
    ++under_way_;
    spawn(loop_, carry(std::move(relay)));
  }
}

Task<void> Relays::carry(Shared relay) {
  bool ended = false;
  // Counted when its source comes to it, not when it arrived: sources take turns, however much one brings.
  relay->place = ++places_;
  while (!stopping_ && !ended && is_wanted(*relay)) {
    const TimePoint until = std::min(LoopClock::now() + look_again, relay->limit);
    // After a power cut many may wait whose leaves have given up.
    const std::uint64_t place = is_silent_since(relay->last_seen) ? relay->place | behind_all : relay->place;
    const bool granted = co_await forwarder_.relay_turn(place, until);
    if (granted) {
      ended = co_await converse(relay);
      if (ended) break;
      relay->sent = relay->accepted = false;  // what the leaf asks for from now on is what goes next
      relay->place = ++places_;
      co_await wait(relay, relay->again);
      continue;
    }
    const bool down = !forwarder_.state().up;
    relay->waiting_for = down ? Reason::unknown_offline : Reason::relayed;
    if (down && !relay->is_challenge) co_await wait(relay, look_again);
  }
  if (!ended) {
    relay->dropped = true;
    leave(*relay);
    relays_.erase(relay->key);
  }
  busy_ids_.erase(relay->attempt.id.key());
  busy_sources_.erase(relay->source);
  relay->changed.notify();
  --under_way_;
  ended_.notify();
  start_ready();
}

// Whoever waits for a challenge does so on its connection; others come back and ask.
bool Relays::is_wanted(const Relay& relay) const {
  const TimePoint now = LoopClock::now();
  if (relay.barred) return false;
  if (relay.is_challenge) return now < relay.limit && forwarder_.state().up;
  // Came anew with another token: what comes of this one nobody will poll for.
  const bool came_anew = std::any_of(queue_.begin(), queue_.end(), [&](const Shared& other) {
    return other->source == relay.source && other->attempt.id.key() == relay.attempt.id.key();
  });
  if (came_anew && is_silent_since(relay.last_seen)) return false;
  return now - relay.last_seen < leaf_gone;
}

Task<void> Relays::wait(Shared relay, Millis duration) {
  if (!stopping_) co_await relay->pulse.wait_until(LoopClock::now() + duration);
}

void Relays::bar(const std::function<bool(const Attempt&)>& which) {
  for (const auto& [key, relay] : relays_) {
    if (relay->barred || !which(relay->attempt)) continue;
    relay->barred = true;
    relay->changed.notify();
    relay->pulse.notify();
  }
}

Task<void> Relays::run() {
  while (!stopping_ || under_way_ > 0) co_await ended_.wait();
}

void Relays::stop() {
  stopping_ = true;
  for (const auto& [key, relay] : relays_) {
    relay->changed.notify();
    relay->pulse.notify();
  }
  ended_.notify();
}

}  // namespace leafgate

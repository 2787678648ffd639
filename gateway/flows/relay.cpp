#include "gateway/flows/relay.hpp"

#include <algorithm>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/relay_entry.hpp"
#include "gateway/flows/replies.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis answer_within = seconds(5);
constexpr Millis at_once = Millis(250);     // a turn that does not come by then is one to wait for
constexpr Millis result_kept = minutes(5);  // for the polls of a leaf
constexpr Millis leaf_gone = minutes(1);    // that does not poll
constexpr Millis look_again = seconds(5);

}  // namespace

Relays::Relays(Executor loop, ForwardPorts ports, Forwarder& forwarder)
    : loop_(loop),
      ports_(ports),
      forwarder_(forwarder),
      operation_ids_(ports.trust, ports.random),
      refusals_(patience()),
      ended_(loop) {}

// Several leaves may share a source, and a hold is for all of them.
FalseProofs::Limits Relays::patience() {
  FalseProofs::Limits limits;
  limits.before_hold = 8;
  return limits;
}

Relays::~Relays() = default;

std::optional<Reason> Relays::unfit(const Attempt& attempt, WallReading now) {
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
  const auto* sas = std::get_if<SasEvidence>(&attempt.evidence);
  if (!sas) return {};
  return attempt.id.key() + '\n' + crypto::hex(crypto::sha256(as_bytes(sas->token)));
}

Relays::Shared Relays::find(const std::string& key) {
  const auto found = relays_.find(key);
  return found == relays_.end() ? nullptr : found->second;
}

Task<Answer> Relays::ask(Attempt attempt) {
  const TimePoint begin = LoopClock::now();
  forget_old(begin);
  Shared relay = find(key_of(attempt));
  const bool joins = relay && !relay->answer;
  if (joins) {
    relay->last_seen = begin;
    if (!relay->sent) relay->attempt.request = std::move(attempt.request);  // the newest counts
    co_return assigning(relay->operation, relay->waiting_for);
  }
  if (refusals_.holds(attempt.source.address, {}, begin)) co_return refusal(Reason::source_held);
  const bool direct = attempt.direct;
  relay = make(std::move(attempt));
  if (!relay) co_return refusal(Reason::attempts_too_fast);
  start_ready();
  while (!stopping_ && !relay->answer && !relay->accepted) {
    const TimePoint limit = begin + (relay->sent ? answer_within : at_once);
    if (LoopClock::now() >= limit) co_return assigning(relay->operation, relay->waiting_for);
    co_await relay->changed.wait_until(limit);
  }
  if (stopping_) co_return refusal(Reason::gateway_stopping);
  if (!relay->answer) co_return assigning(relay->operation, Reason::relayed, forwarded_retry);
  // Who has to see 202 first hears the good end by its poll.
  if (relay->answer->status == 200 && !direct) co_return assigning(relay->operation, Reason::relayed);
  co_return *relay->answer;
}

std::optional<Answer> Relays::poll(const Attempt& attempt) {
  const Shared relay = find(key_of(attempt));
  if (!relay || !attempt.operation || !(relay->operation == *attempt.operation)) return std::nullopt;
  relay->last_seen = LoopClock::now();
  if (relay->answer) return relay->answer;
  return assigning(relay->operation, relay->waiting_for);
}

void Relays::forget(const Attempt& attempt) {
  const std::string key = key_of(attempt);
  const Shared relay = find(key);
  if (relay && relay->answer) relays_.erase(key);
}

// Null when too many wait already.
Relays::Shared Relays::make(Attempt attempt) {
  const std::string source = source_key(attempt.source.address);
  const auto of_source = std::count_if(relays_.begin(), relays_.end(), [&](const auto& entry) {
    return !entry.second->answer && entry.second->source == source;
  });
  if (relays_.size() >= most || static_cast<std::size_t>(of_source) >= most_per_source) return nullptr;
  const std::string key = key_of(attempt);
  OperationId operation = operation_ids_.of_unwritten(attempt.id.key());
  auto relay = std::make_shared<Relay>(loop_, std::move(attempt), std::move(operation));
  relay->last_seen = LoopClock::now();
  relays_[key] = relay;
  queue_.push_back(relay);
  return relay;
}

// What has ended and was told long ago, and, where there is no room, what has ended at all.
void Relays::forget_old(TimePoint now) {
  const bool full = relays_.size() >= most;
  std::erase_if(relays_, [&](const auto& entry) {
    return entry.second->answer && (full || now - entry.second->ended_at > result_kept);
  });
}

void Relays::start_ready() {
  for (auto at = queue_.begin(); at != queue_.end() && !stopping_;) {
    Shared relay = *at;
    const std::string& id = relay->attempt.id.key();
    if (busy_ids_.contains(id) || busy_sources_.contains(relay->source)) {
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
  while (!stopping_ && !ended && LoopClock::now() - relay->last_seen < leaf_gone) {
    const bool granted = co_await forwarder_.relay_turn(LoopClock::now() + look_again);
    if (granted) {
      ended = co_await converse(relay);
      continue;
    }
    const bool down = !forwarder_.state().up;
    relay->waiting_for = down ? Reason::unknown_offline : Reason::relayed;
    if (down) co_await wait(relay, look_again);
  }
  if (!ended) std::erase_if(relays_, [&](const auto& entry) { return entry.second == relay; });
  busy_ids_.erase(relay->attempt.id.key());
  busy_sources_.erase(relay->source);
  relay->changed.notify();
  --under_way_;
  ended_.notify();
  start_ready();
}

Task<void> Relays::wait(Shared relay, Millis duration) {
  if (!stopping_) co_await relay->pulse.wait_until(LoopClock::now() + duration);
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

#include "gateway/flows/derivations.hpp"

#include <algorithm>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/derivation_request.hpp"
#include "gateway/flows/source_key.hpp"
#include "gateway/ports/sealed_rows.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t sources_doubted = 1'024;
constexpr std::size_t keys_rested = 256;
constexpr LoopClock::duration doubt_kept = minutes(10);

// One failure is enough: the keys are right as long as the groups are. The longest storm that the TPM can
// serve fills this in ten minutes.
FalseProofs::Limits failures_kept() {
  FalseProofs::Limits limits;
  limits.before_hold = 1;
  limits.first_hold = seconds(600);
  limits.longest_hold = seconds(600);
  limits.pairs = 32'768;
  return limits;
}

// The gateway's own account; no address of a leaf looks like it.
constexpr const char* own_source = "gateway";

bool contains(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

void add_new(std::vector<std::string>& values, const std::string& value) {
  if (!contains(values, value)) values.push_back(value);
}

}  // namespace

Derivations::Derivations(Executor loop, Ports ports, const Limits& limits)
    : loop_(loop),
      ports_(ports),
      limits_(limits),
      failures_(failures_kept()),
      doubted_(sources_doubted),
      rested_(keys_rested),
      recalled_(limits.remembered),
      written_(limits.remembered),
      wakeup_(loop) {}

Derivations::~Derivations() = default;

bool Derivations::is_known(const DerivationStep& step) {
  return ports_.trust.derive(step.group_key, step.enrollment, step.text).has_value();
}

bool Derivations::is_known(const Steps& steps) {
  return std::all_of(steps.begin(), steps.end(), [this](const DerivationStep& s) { return is_known(s); });
}

bool Derivations::rests(const DerivationStep& step, TimePoint now) {
  const TimePoint* until = rested_.find(digest_of(step.group_key));
  return until != nullptr && now < *until;
}

bool Derivations::fits(const Request& request, const crypto::Secret& derived) const {
  if (request.fetch)
    return request.credential.empty() || crypto::hex(crypto::sha256(derived.view())) == request.credential;
  CandidateKey candidate;
  candidate.key = derived.view();
  const SasVerdict verdict =
      judge_sas(request.token, *request.scope, request.id, {&candidate, 1}, WallReading(), false);
  return verdict.candidate != SasVerdict::none;
}

// By what is known already.
bool Derivations::is_proved(const Request& request) {
  return std::any_of(request.steps.begin(), request.steps.end(), [&](const DerivationStep& step) {
    const auto derived = ports_.trust.derive(step.group_key, step.enrollment, step.text);
    return derived && fits(request, *derived);
  });
}

Task<Result<Derived>> Derivations::ready(const Attempt& attempt, Ledger::Groups groups) {
  const auto* sas = std::get_if<SasEvidence>(&attempt.evidence);
  if (sas == nullptr) co_return Derived::settled;
  auto request = std::make_shared<Request>(loop_, attempt.id);
  request->steps = derivation_steps(*groups, attempt.id, ports_.trust);
  if (request->steps.empty()) co_return Derived::settled;
  if (!ports_.trust.is_open()) co_return Derived::awaited;
  request->token = sas->token;
  request->scope = attempt.scope;
  request->source = source_key(attempt.source.address);
  // What no key could prove asks for none.
  const SasVerdict verdict = judge_sas(request->token, attempt.scope, attempt.id, {}, WallReading(), false);
  if (verdict.proof == Proof::proven_false) co_return Derived::settled;
  auto recalled = co_await recall(request->steps);
  if (!recalled) co_return recalled.error();
  if (is_known(request->steps) || is_proved(*request)) co_return Derived::settled;
  if (failures_.holds(request->source, request->id.text(), LoopClock::now())) co_return Derived::settled;
  co_return ask(std::move(request));
}

// Makes known what the store holds of these, unless it was read before and is known still.
Task<Result<void>> Derivations::recall(const Steps& steps) {
  std::vector<std::string> enrollments;
  std::vector<std::string> ids;
  for (const DerivationStep& step : steps) {
    const bool* is_stored = recalled_.find(name_of(step));
    if (is_stored != nullptr && (!*is_stored || is_known(step))) continue;
    add_new(enrollments, step.enrollment);
    add_new(ids, step.text);
  }
  if (enrollments.empty()) co_return Result<void>();
  auto rows = co_await ports_.stored.find(enrollments, ids);
  if (!rows) co_return rows.error();
  for (const DerivationStep& step : steps) {
    const auto row = std::find_if(rows->begin(), rows->end(), [&step](const DerivedKey& r) {
      return r.enrollment == step.enrollment && r.id == step.text && r.group_key == digest_of(step.group_key);
    });
    if (row != rows->end())
      learn(step, *row);
    else if (contains(enrollments, step.enrollment) && contains(ids, step.text))
      recalled_.put(name_of(step), false);
  }
  co_return Result<void>();
}

// One that does not open is derived anew.
void Derivations::learn(const DerivationStep& step, const DerivedKey& row) {
  auto key = ports_.trust.unseal(row.sealed, sealed_rows::derived(row.enrollment, row.id));
  recalled_.put(name_of(step), key.has_value());
  if (!key) return;
  written_.put(crypto::hex(crypto::sha256(key->view())), true);
  ports_.trust.know_derived(step.group_key, step.text, std::move(*key));
}

bool Derivations::is_doubted(const std::string& source, TimePoint now) {
  const TimePoint* since = doubted_.find(source);
  return since != nullptr && now - *since <= doubt_kept;
}

Derived Derivations::ask(Shared request) {
  const TimePoint now = LoopClock::now();
  const std::string key = request->key();
  if (const auto found = requests_.find(key); found != requests_.end()) {
    found->second->last_seen = now;
    return Derived::awaited;
  }
  const bool none_can = std::all_of(request->steps.begin(), request->steps.end(),
                                    [&](const auto& step) { return rests(step, now) || is_known(step); });
  if (none_can) return Derived::awaited;
  const std::size_t share = request->fetch ? limits_.fetches : limits_.per_source;
  const bool has_its_share = turns_.count(request->source) >= share;
  const bool full = has_its_share || turns_.size() >= limits_.depth;
  if (full && !make_room(*request, has_its_share, now)) {
    ++turned_away_;
    return Derived::crowded;
  }
  request->last_seen = now;
  turns_.add(request->source, request);
  requests_.emplace(key, std::move(request));
  wakeup_.notify();
  return Derived::awaited;
}

// A leaf that is there must not be kept out by those that went away; nor, when the whole queue is full, one
// of a source that nothing is held against by those of others.
bool Derivations::make_room(const Request& request, bool has_its_share, TimePoint now) {
  const auto may_go = [this](const Request& r) { return &r != under_way_.get() && !r.awaited; };
  const auto is_gone = [&](const Request& r) { return may_go(r) && now - r.last_seen > limits_.leaf_gone; };
  const auto is_less_worth = [&](const Request& r) { return may_go(r) && is_doubted(r.source, now); };
  Shared leaves = has_its_share ? turns_.find(request.source, is_gone) : turns_.find(is_gone);
  if (!leaves && !has_its_share && !is_doubted(request.source, now)) leaves = turns_.find(is_less_worth);
  if (!leaves) return false;
  turns_.remove(leaves->source, leaves);
  requests_.erase(leaves->key());
  return true;
}

Task<Result<void>> Derivations::fetch(Enrollment group, RegistrationId id, std::string credential) {
  auto request = std::make_shared<Request>(loop_, std::move(id));
  request->fetch = true;
  request->source = own_source;
  request->steps = derivation_steps(group, request->id, ports_.trust);
  request->credential = std::move(credential);
  if (request->steps.empty()) co_return Result<void>();
  if (!ports_.trust.is_open()) co_return Error(Errc::timed_out, "the secrets of the store are locked");
  auto recalled = co_await recall(request->steps);
  if (!recalled) co_return recalled.error();
  if (is_known(request->steps) || is_proved(*request)) co_return Result<void>();
  const bool can_be = ports_.tpm.facts().state == TpmState::ready;
  if (can_be && ask(request) == Derived::awaited) co_await wait_for(request);
  if (is_known(request->steps) || is_proved(*request)) co_return Result<void>();
  co_return Error(Errc::timed_out, "the group's key lives in the TPM, which has not derived this leaf's yet");
}

Task<void> Derivations::wait_for(Shared request) {
  const auto found = requests_.find(request->key());
  if (found == requests_.end() || found->second->awaited) co_return;
  request = found->second;
  request->awaited = true;
  const TimePoint until = LoopClock::now() + limits_.fetched_within;
  while (!request->ended && !stopping_ && LoopClock::now() < until)
    co_await request->changed.wait_until(until);
  request->awaited = false;
}

}  // namespace leafgate

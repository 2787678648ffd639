// What an operation needs before it can be sent: its row in the store, an enrollment that vouches, a token.
#include <algorithm>

#include "gateway/attestation/match.hpp"
#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/outages.hpp"
#include "gateway/flows/replies.hpp"
#include "gateway/flows/untimed_proofs.hpp"

namespace leafgate {
namespace {

constexpr Millis token_lifetime = std::chrono::hours(1);
constexpr const char* nothing_held = "no enrollment of it is held here";

// What is sealed so that it cannot be opened says nothing of the leaf, and opens when what sealed it is back.
Error out_of_reach(const Error& of_trust, const Enrollment& by) {
  const bool locked = of_trust.code == Errc::throttled;
  return Error(locked ? Errc::timed_out : Errc::implausible,
               "the key of " + reference(by) + " cannot be used: " + of_trust.detail);
}

}  // namespace

void Forwarder::committing(const OutboxRow& row) {
  OpenOperation* open = operations_.find(row);
  if (open) ++open->pending_writes;  // it is not closed by its result while this stands
}

// Without a sequence nothing was stored.
void Forwarder::committed(OutboxRow row, std::optional<std::int64_t> sequence) {
  OpenOperation* open = operations_.find(row);
  if (open) {
    --open->pending_writes;
    if (sequence) {
      row.sequence = *sequence;
      operations_.replace(*open, row);
    } else if (open->pending_writes == 0 && open->state == OpenOperation::State::writing) {
      // Nobody was promised anything: what was opened for attempts that all failed is closed again.
      if (open->durable)
        operations_.make_ready(*open);
      else
        operations_.close(row.id.key());
    }
  }
  // It is a promise too where the service has come back while it was being written.
  const bool promises = is_promise(row.reason);
  if (sequence && (promises || !lane_.link().up) && ports_.outages != nullptr)
    ports_.outages->promised(row.id.key(), !promises);
  wake();
}

Task<Result<void>> Forwarder::commit(OutboxRow row, std::vector<AttemptNote> notes) {
  committing(row);
  auto sequence = co_await ports_.registrations.enqueue(row, std::move(notes));
  std::optional<std::int64_t> stored;
  if (sequence) stored = *sequence;
  committed(std::move(row), stored);
  if (!sequence) co_return sequence.error();
  co_return Result<void>();
}

Task<Result<std::int64_t>> Forwarder::promise(OutboxRow row, Registration told,
                                              std::vector<AttemptNote> notes, Receipt receipt) {
  committing(row);
  auto kept =
      co_await ports_.registrations.promise(row, std::move(told), std::move(notes), std::move(receipt));
  std::optional<std::int64_t> stored;
  if (kept) stored = kept->sequence;
  committed(std::move(row), stored);
  if (!kept) co_return kept.error();
  co_return kept->receipt;
}

// The row as it stands in the store now and a token for it. Errors: the store's, and what keeps the gateway
// from minting.
Task<Result<void>> Forwarder::prepare(Sent& sent) {
  OutboxRow& row = sent.row;
  OpenOperation* operation = operations_.find(row);
  if (!operation) co_return Error(Errc::not_found, "the operation was closed meanwhile");
  sent.refused_before = operation->refused_before;
  if (ports_.untimed != nullptr && ports_.untimed->awaits(row.id.key()))
    co_return Error(Errc::throttled,
                    "its proof was taken while the time was unknown, and is to be looked at again");
  if (auto may = may_go(row); !may) co_return may.error();
  if (operation->durable) {
    auto stored = co_await ports_.registrations.outbox_row(row.id.key());
    if (!stored) co_return stored.error();
    if (!*stored) {  // it does not read any more, which the store has told; the leaf will come again
      operation = operations_.find(row);
      if (operation && operation->pending_writes == 0) operations_.close(row.id.key());
      co_return Error(Errc::internal, "its row is not in the outbox");
    }
    row.request = std::move((*stored)->request);
    row.request_digest = std::move((*stored)->request_digest);
    row.credential = std::move((*stored)->credential);
    row.enrollment_id = std::move((*stored)->enrollment_id);
    row.enrollment_etag = std::move((*stored)->enrollment_etag);
  }
  auto token = co_await mint(row);
  if (!token) co_return token.error();
  // All of that took its time, and the store told what earned the row.
  if (auto may = may_go(row); !may) co_return may.error();
  sent.token = std::move(*token);
  co_return Result<void>();
}

// Errors: untrusted (its leaf is kept out), conflict (an operator has yet to say whether it is).
Result<void> Forwarder::may_go(const OutboxRow& row) const {
  if (ports_.gatekeeper == nullptr) return {};
  const Denied& denied = ports_.gatekeeper->denied;
  const Reason why = denied.bar(row.id.key(), row.credential);
  if (why == Reason::denied) return Error(Errc::untrusted, "it is on the deny list");
  if (why != Reason::none) return Error(Errc::untrusted, "an operator rejected it");
  if (denied.contested(row.id.key()) != nullptr)
    return Error(Errc::conflict, "two places prove its id at the same time");
  return {};
}

// The enrollment of that name as it is held now; without a name, the one that decides over the id. Errors:
// not_found, refused (it is disabled), timed_out (its key is still to come from the TPM, or secrets are
// locked), implausible (its key is sealed by what is not here), and those of the store.
Task<Result<Forwarder::Voucher>> Forwarder::voucher(RegistrationId id, std::string enrollment_id,
                                                    std::string credential) {
  auto individual = co_await ports_.ledger.individual(id.key());
  if (!individual) co_return individual.error();
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  // It shuts its leaf out whatever group has taken that before.
  if (*individual && !(*individual)->enabled)
    co_return Error(Errc::refused, "its enrollment is disabled: " + reference(**individual));
  std::vector<const Enrollment*> candidates;
  if (*individual) candidates.push_back(individual->get());
  if (!*individual) candidates = match_symmetric(std::nullopt, **groups, id.key()).enrollments;
  if (!enrollment_id.empty())
    std::erase_if(candidates, [&](const Enrollment* e) { return reference(*e) != enrollment_id; });
  if (candidates.empty()) co_return Error(Errc::not_found, nothing_held);
  if (candidates.size() > 1)
    co_return Error(Errc::not_found, "several groups may vouch for it; which one only its token tells");
  const Enrollment& by = *candidates.front();
  if (!by.enabled) co_return Error(Errc::refused, "its enrollment is disabled: " + reference(by));
  if (ports_.derivations != nullptr && is_in_tpm(by, ports_.trust)) {
    auto at_hand = co_await ports_.derivations->fetch(by, id, std::move(credential));
    if (!at_hand) co_return at_hand.error();
  }
  auto keys = device_keys(by, id, ports_.trust);
  if (!keys) co_return out_of_reach(keys.error(), by);
  if (keys->keys.empty() && keys->missing)
    co_return Error(Errc::timed_out, "its key lives in the TPM, which has not derived it yet");
  if (keys->keys.empty())
    co_return Error(Errc::not_found, "its enrollment is held without a key: " + reference(by));
  Voucher voucher;
  voucher.enrollment_id = reference(by);
  voucher.etag = by.etag;
  voucher.keys = std::move(keys->keys);
  co_return voucher;
}

// An operation whose leaf was denied, or whose enrollment was disabled, removed or lost its key since it was
// accepted. Nobody is asked:
// disabled ends as the table of semantics §3 ends it, row 3; without a key the leaf cannot even prove itself
// for a poll, and registers anew when an import has brought the key back. What is known of it stays.
// False where a newer attempt of it counts, which will be looked at by itself.
Task<bool> Forwarder::end_here(const Sent& sent, const Error& why) {
  auto record = co_await ports_.ledger.record(sent.row.id);
  OpenOperation* operation = operations_.find(sent.row);
  if (!operation || is_superseded(*operation, sent)) co_return false;
  if (!operation->durable) {
    operations_.close(sent.row.id.key());
    co_return true;
  }
  if (!record) {
    operations_.delay(*operation, LoopClock::now() + std::chrono::minutes(1));
    co_return false;
  }
  const bool disabled = why.code == Errc::refused;
  const bool denied = why.code == Errc::untrusted;
  Outcome outcome;
  outcome.operation_id = sent.row.operation_id.text();
  outcome.at = ports_.clock.now().at;
  outcome.reason = disabled ? Reason::enrollment_disabled : Reason::enrollment_without_key;
  if (why.detail == nothing_held) outcome.reason = Reason::unknown_enrollment;
  if (denied) outcome.reason = Reason::denied;
  const bool rejected =
      denied && ports_.gatekeeper != nullptr &&
      ports_.gatekeeper->denied.bar(sent.row.id.key(), sent.row.credential) == Reason::rejected_by_operator;
  if (rejected) outcome.reason = Reason::rejected_by_operator;
  outcome.status = disabled ? RegistrationStatus::disabled : RegistrationStatus::failed;
  outcome.error_code = disabled ? 403000 : 401000;
  outcome.message = disabled ? "The enrollment is disabled." : "Unauthorized";
  if (disabled) outcome.state = ended_disabled(sent.row.operation_id, sent.row.id, outcome.at).state;
  Registration registration = (*record)->registration;
  const bool told_ahead = registration.assignment && registration.assignment->provisional;
  if (told_ahead) registration.assignment.reset();
  registration.outcome = outcome;
  AttemptNote what = note(outcome.reason, why.detail);
  const Ruling ruling = disabled ? Ruling::disabled : Ruling::refused;
  co_await settle(sent, std::move(registration), std::move(what), ruling);
  co_return true;
}

// What was promised to this leaf while the service was away is in trouble.
Task<void> Forwarder::object(const OutboxRow& row, Reason why) {
  if (ports_.outages != nullptr) co_await ports_.outages->object(row.id.key(), why);
}

Task<Result<std::string>> Forwarder::mint(const OutboxRow& row) {
  const WallReading now = ports_.clock.now();
  if (now.quality == ClockQuality::unsynced)
    co_return Error(Errc::throttled, "no token can be made: the gateway's clock is not trusted");
  auto by = co_await voucher(row.id, row.enrollment_id, row.credential);
  if (!by) co_return by.error();
  // The key that earned the row, unless the enrollment has other keys by now.
  auto key = std::find_if(by->keys.begin(), by->keys.end(), [&row](const HeldKey& held) {
    return crypto::hex(crypto::sha256(held.key.view())) == row.credential;
  });
  if (key == by->keys.end()) {
    key = by->keys.begin();
    co_await object(row, Reason::wrong_key);
  }
  co_return mint_sas_token(id_scope_, row.id, key->key.view(), now.at + token_lifetime);
}

}  // namespace leafgate

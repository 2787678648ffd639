// Rounds of TPM attestation that are the service's: its challenge, and what is learnt when it ends well.
#include "gateway/attestation/tpm_credential.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/flows/judge_tpm.hpp"
#include "gateway/flows/poll_wait.hpp"
#include "gateway/flows/relay_entry.hpp"
#include "gateway/flows/replies.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr Seconds throttled_for{3};

Answer not_now() { return refusal(Reason::needs_service); }

}  // namespace

Task<Answer> Relays::challenge(Attempt attempt) {
  const TimePoint begin = LoopClock::now();
  forget_old(begin);
  if (stopping_) co_return refusal(Reason::gateway_stopping);
  if (refusals_.holds(attempt.source.address, attempt.id.key(), begin))
    co_return refusal(Reason::source_held);
  if (!forwarder_.state().up) co_return not_now();
  std::string key = attempt.id.key() + "\nchallenge " + std::to_string(++challenges_);
  auto made = make(std::move(key), std::move(attempt), begin);
  if (std::holds_alternative<Reason>(made)) co_return not_now();
  const Shared relay = std::get<Shared>(made);
  relay->is_challenge = true;
  relay->limit = begin + answer_within;
  start_ready();
  while (!stopping_ && !relay->answer && !relay->dropped && LoopClock::now() < relay->limit)
    co_await relay->changed.wait_until(relay->limit);
  if (stopping_) co_return refusal(Reason::gateway_stopping);
  if (!relay->answer) co_return not_now();
  co_return *relay->answer;
}

// What it says of itself is not kept: each request gets a challenge of its own.
Task<void> Relays::fetch_challenge(Shared relay) {
  const RegistrationId id = relay->attempt.id;
  auto answer = co_await ports_.service.register_device(id, relay->attempt.request, std::string());
  const ServiceVerdict verdict = forwarder_.judge(answer, id);
  forwarder_.relay_heard(verdict);
  forwarder_.relay_asked_to_wait(asked_to_wait(answer));
  Answer told = not_now();
  if (verdict.says == ServiceSays::throttled) {
    forwarder_.relay_throttled(answer->retry_after.value_or(throttled_for));
  } else if (answer && answer->http_status == 401 && !answer->authentication_key.empty()) {
    told = challenged(answer->authentication_key, answer->message, Reason::challenge_relayed);
  } else if (verdict.says == ServiceSays::unconfirmed || verdict.says == ServiceSays::refused) {
    told = final_answer(relay->operation, *answer, Reason::service_refused);
    if (verdict.says == ServiceSays::unconfirmed) {
      (void)refusals_.failed(relay->attempt.source.address, id.key(), LoopClock::now());
      if (on_refused_) on_refused_(relay->attempt.source, id);
    }
  }
  log::debug("challenge asked for", {{"registration_id", id.text()},
                                     {"reason", code(told.reason)},
                                     {"peer", relay->attempt.source.address},
                                     {"detail", verdict.detail}});
  end(*relay, std::move(told));
  relays_.erase(relay->key);
}

// The one exception of semantics §5: the service has just found this endorsement key to be the leaf's. Where
// its key for the hub cannot be kept, nothing is learnt but the place, as of any relay.
Task<void> Relays::earn_by_tpm(const Relay& relay, const ServiceAnswer& answer, Assignment& assignment) {
  const TpmKeys& keys = relay.attempt.request.tpm;
  if (keys.empty() || answer.authentication_key.empty()) co_return;
  const auto shown = read_tpm_keys(keys);
  if (!shown) co_return;
  const RegistrationId& id = relay.attempt.id;
  auto enrollment = co_await ports_.ledger.individual(id.key());
  if (!enrollment) co_return;
  const crypto::Secret key(as_bytes(answer.authentication_key));
  auto sealed = ports_.trust.seal(key, tpm_key_row(id));
  if (!sealed) {
    log::warning("the key of a TPM leaf is not kept: without the service it is not answered",
                 {{"registration_id", id.text()}, {"detail", sealed.error().detail}});
    co_return;
  }
  assignment.tpm_key = std::move(*sealed);
  assignment.tpm_storage = shown->storage.digest;
  assignment.credential = shown->endorsement.digest;
  assignment.request_digest = digest_of(relay.attempt.request);
  const bool enrolled_so = *enrollment && (*enrollment)->endorsement_key == keys.endorsement_key;
  if (!enrolled_so) co_return;
  assignment.enrollment_id = reference(**enrollment);
  assignment.enrollment_etag = (*enrollment)->etag;
}

}  // namespace leafgate

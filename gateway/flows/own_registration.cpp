#include "gateway/flows/own_registration.hpp"

#include <algorithm>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/attestation/tpm_credential.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/poll_wait.hpp"
#include "gateway/ports/sealed_rows.hpp"
#include "gateway/runtime/backoff.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis own_token_lifetime = std::chrono::hours(1);
constexpr Millis first_wait = seconds(10);
constexpr Millis longest_wait = minutes(15);
constexpr Millis turn_within = minutes(1);
constexpr std::uint64_t last_place = ~std::uint64_t{0};  // leaves go before the gateway

std::string said(const Result<ServiceAnswer>& answer) {
  if (!answer) return answer.error().detail;
  std::string text = "the service says HTTP " + std::to_string(answer->http_status);
  return answer->message.empty() ? text : text + ": " + answer->message;
}

}  // namespace

OwnRegistration::OwnRegistration(Executor loop, Ports ports, IdScope scope, Options options)
    : ports_(ports), scope_(std::move(scope)), options_(std::move(options)), wakeup_(loop) {
  if (options_.wanted) report_.state = OwnRegistrationState::waiting;
}

std::string OwnRegistration::registration_id(const TpmIdentity& identity) const {
  return options_.registration_id.empty() ? default_registration_id(identity.endorsement_public)
                                          : options_.registration_id;
}

Task<void> OwnRegistration::run() {
  if (!options_.wanted) co_return;
  Backoff backoff(first_wait, longest_wait, [this] { return ports_.random.below(~std::uint64_t{0}); });
  while (!stopping_) {
    const bool over = co_await attempt();
    if (over || stopping_) co_return;
    co_await wakeup_.wait_until(LoopClock::now() + backoff.next());
  }
}

void OwnRegistration::stop() {
  stopping_ = true;
  wakeup_.notify();
}

bool OwnRegistration::wait_for(std::string why) {
  report_.state = OwnRegistrationState::waiting;
  report_.detail = std::move(why);
  return false;
}

bool OwnRegistration::refuse(std::string why) {
  report_.state = OwnRegistrationState::refused;
  report_.detail = std::move(why);
  log::warning("the gateway itself was not registered", {{"detail", report_.detail}});
  return true;
}

Task<bool> OwnRegistration::attempt() {
  auto identity = co_await ports_.tpm.identity();
  if (!identity) co_return wait_for(identity.error().detail);
  if (identity->other_client)
    co_return refuse("another client of the service uses this TPM: each registration would roll its hub key");
  auto id = RegistrationId::parse(registration_id(*identity));
  if (!id) co_return refuse("its registrationId is none: " + id.error().detail);
  Round round(std::move(*id));
  round.endorsement = crypto::hex(crypto::sha256(identity->endorsement_public));
  round.keys.endorsement_key = crypto::base64::encode(identity->endorsement_public);
  round.keys.storage_root_key = crypto::base64::encode(identity->storage_public);

  auto held = co_await ports_.store.load();
  if (!held) co_return wait_for(held.error().detail);
  if (*held && (*held)->registration_id == round.id.text() && (*held)->endorsement == round.endorsement) {
    report_.state = OwnRegistrationState::assigned;
    report_.detail.clear();
    report_.assigned_hub = (*held)->assigned_hub;
    report_.device_id = (*held)->device_id;
    co_return true;
  }
  if (!ports_.trust.is_open()) co_return wait_for("the key that would seal its hub key is out of reach");
  if (ports_.clock.now().quality == ClockQuality::unsynced)
    co_return wait_for("no token can be made: the gateway's clock is not trusted");
  const bool granted = co_await ports_.forwarder.relay_turn(last_place, LoopClock::now() + turn_within);
  if (!granted) co_return wait_for("the service cannot be asked now");
  auto challenged = co_await challenge(round);
  if (!challenged) {
    if (challenged.error().code == Errc::refused) co_return refuse(challenged.error().detail);
    co_return wait_for(challenged.error().detail);
  }
  co_return co_await converse(round);
}

// From the service's challenge to a token signed with the key in it.
Task<Result<void>> OwnRegistration::challenge(Round& round) {
  RegistrationRequest request;
  request.tpm = round.keys;
  const std::string no_token;
  auto answer = co_await ports_.service.register_device(round.id, request, no_token);
  if (!answer || answer->http_status != 401 || answer->authentication_key.empty()) {
    const bool final = answer && answer->http_status >= 400 && answer->http_status < 500 &&
                       answer->http_status != 408 && answer->http_status != 429;
    co_return Error(final ? Errc::refused : Errc::unreachable, said(answer));
  }
  auto blob = crypto::base64::decode(answer->authentication_key);
  if (!blob) co_return Error(Errc::implausible, "the service's challenge is no base64");
  auto key = co_await ports_.tpm.activate(std::move(*blob));
  if (!key) co_return Error(Errc::throttled, "the TPM does not open the challenge: " + key.error().detail);
  auto signed_it = co_await sign(round, std::move(*key));
  co_return signed_it;
}

Task<Result<void>> OwnRegistration::sign(Round& round, TpmObject object) {
  const WallTime expires = ports_.clock.now().at + own_token_lifetime;
  TpmHmacKey key;
  key.object = std::move(object);
  auto signature = co_await ports_.tpm.hmac(std::move(key), sas_text(scope_, round.id, expires));
  if (!signature) co_return signature.error();
  round.token = signed_sas_token(scope_, round.id, signature->view(), expires);
  co_return Result<void>();
}

Task<bool> OwnRegistration::converse(Round& round) {
  RegistrationRequest request;
  request.tpm = round.keys;
  auto answer = co_await ports_.service.register_device(round.id, request, round.token);
  std::optional<OperationId> operation;
  const TimePoint give_up = LoopClock::now() + longest_assigning;
  while (!stopping_ && LoopClock::now() < give_up) {
    const ServiceVerdict verdict = judge_service(answer, round.id, options_.hub_suffixes);
    if (verdict.says == ServiceSays::assigned) co_return co_await take_in(round, std::move(*answer));
    const bool goes_on =
        verdict.says == ServiceSays::assigning || (operation && verdict.says == ServiceSays::throttled);
    if (!goes_on) {
      const bool final = verdict.says == ServiceSays::failed || verdict.says == ServiceSays::disabled ||
                         verdict.says == ServiceSays::refused || verdict.says == ServiceSays::unconfirmed;
      if (final) co_return refuse(said(answer) + "; is it enrolled? leafgatectl tpm identity");
      co_return wait_for(said(answer));
    }
    if (answer->operation) operation = answer->operation;
    const Millis wait = poll_wait(*answer);
    const TimePoint until = LoopClock::now() + wait;
    while (!stopping_ && LoopClock::now() < until) co_await wakeup_.wait_until(until);
    if (stopping_) co_return false;
    answer = co_await ports_.service.operation_status(round.id, *operation, round.token);
  }
  co_return wait_for("the service says assigning and comes to no end");
}

// The key its hub knows it by is in the TPM from here on; what is stored can be used in this TPM alone.
Task<bool> OwnRegistration::take_in(Round& round, ServiceAnswer answer) {
  auto blob = crypto::base64::decode(answer.authentication_key);
  if (!blob || blob->empty()) co_return wait_for("the service assigned it without a key for its hub");
  auto object = co_await ports_.tpm.activate(std::move(*blob));
  if (!object) co_return wait_for("the TPM does not take its hub key: " + object.error().detail);
  TpmHmacKey key;
  key.object = std::move(*object);
  auto sealed = ports_.trust.seal_tpm_key(key, sealed_rows::own_hub_key());
  if (!sealed) co_return wait_for(sealed.error().detail);
  OwnIdentity identity;
  identity.registration_id = round.id.text();
  identity.endorsement = round.endorsement;
  identity.assigned_hub = answer.assigned_hub;
  identity.device_id = answer.device_id;
  identity.hub_key = std::move(*sealed);
  identity.at = ports_.clock.now().at;
  auto saved = co_await ports_.store.save(std::move(identity));
  if (!saved) co_return wait_for(saved.error().detail);
  report_.state = OwnRegistrationState::assigned;
  report_.detail.clear();
  report_.assigned_hub = answer.assigned_hub;
  report_.device_id = answer.device_id;
  log::notice("the gateway itself is registered",
              {{"registration_id", round.id.text()}, {"assigned_hub", answer.assigned_hub}});
  co_return true;
}

}  // namespace leafgate

// What leaves without IP are told, and what they are asked.
#include <algorithm>

#include "adapters/link/endpoint.hpp"
#include "adapters/link/signer.hpp"
#include "adapters/wire/dps_json.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/shared_access.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::link {
namespace {

constexpr Seconds longest_wait{3600};
constexpr int failed_code = 400000;
constexpr std::size_t largest_transcript = 7'680;

}  // namespace

// The proof of a leaf as the registrar knows proofs.
Result<Evidence> Endpoint::evidence_of(const Shared& conversation, const wire::LeafProof& proof) {
  Conversation& c = *conversation;
  const Error other(Errc::malformed, "a proof of another kind than was announced");
  if (c.request.mechanism == Mechanism::tpm) {
    if (!proof.token_mac) return other;
    SasEvidence evidence;
    const WallTime expires{Seconds(c.token_expiry)};
    evidence.token =
        crypto::shared_access_signed(resource_of(c.id), *proof.token_mac, expires, "registration");
    return Evidence(std::move(evidence));
  }
  LeafClaim claim;
  claim.registration_id = c.request.registration_id;
  std::copy(c.nonce.begin(), c.nonce.end(), claim.nonce.begin());
  claim.binding = c.carrier->binding();
  claim.register_hash = c.messages;
  if (c.request.mechanism == Mechanism::symmetric_key) {
    if (!proof.mac) return other;
    MacEvidence evidence;
    evidence.claim = std::move(claim);
    evidence.mac.assign(proof.mac->begin(), proof.mac->end());
    return Evidence(std::move(evidence));
  }
  if (proof.signature.empty() || !c.request.schemes.has(proof.scheme)) return other;
  auto signature = std::make_shared<LeafSignature>();
  signature->claim = std::move(claim);
  signature->scheme = proof.scheme;
  signature->octets = proof.signature;
  CertificateEvidence evidence = std::get<CertificateEvidence>(c.evidence);
  evidence.signature = std::move(signature);
  c.signer = std::make_shared<Signer>(*this, conversation);
  return Evidence(std::move(evidence));
}

// The attempt of a leaf may outlive its conversation, and this endpoint: it is asked for only while it is
// there.
Task<Result<Bytes>> Endpoint::Signer::sign(SignRequest request, TimePoint deadline) {
  Shared c = conversation_.lock();
  if (!c || c->signing.over) co_return Error(Errc::unreachable, "the leaf's attempt is over");
  auto signature = co_await endpoint_.ask_for_signature(std::move(c), std::move(request), deadline);
  co_return signature;
}

// run() waits for it.
Task<Result<Bytes>> Endpoint::ask_for_signature(Shared c, SignRequest request, TimePoint deadline) {
  ++running_;
  auto signature = co_await signature_of(std::move(c), std::move(request), deadline);
  --running_;
  stopped_.notify();
  co_return signature;
}

// One question in a conversation, and one answer to it.
Task<Result<Bytes>> Endpoint::signature_of(Shared c, SignRequest request, TimePoint deadline) {
  if (stopping_) co_return Error(Errc::stopped, "stopping");
  Signing& signing = c->signing;
  if (signing.asked) co_return Error(Errc::refused, "the leaf has signed once in this attempt already");
  if (!c->carrier->is_there()) co_return Error(Errc::unreachable, "the leaf is gone");
  const bool whole = c->request.wants_transcript && !request.tls13;
  if (whole && request.message.size() > largest_transcript)
    co_return Error(Errc::refused, "the handshake is longer than a leaf takes");
  signing.asked = signing.open = true;
  ++tally_.signatures_asked;
  signing.question = vouched(*c, wire::sign_message(request, whole));
  request = {};
  signing.said_at = LoopClock::now();
  c->carrier->send(signing.question);
  while (!signing.signature && !signing.over && !stopping_ && c->carrier->is_there() &&
         LoopClock::now() < deadline)
    (void)co_await signing.answered.wait_until(deadline);
  signing.open = false;
  signing.question = {};
  if (stopping_) co_return Error(Errc::stopped, "stopping");
  if (signing.signature) {
    if (signing.signature->empty()) co_return Error(Errc::refused, "the leaf would not sign");
    ++tally_.signatures_given;
    co_return std::move(*signing.signature);
  }
  if (signing.over || !c->carrier->is_there())
    co_return Error(Errc::unreachable, "the leaf went away before it signed");
  co_return Error(Errc::timed_out, "the leaf did not sign in time");
}

void Endpoint::on_signature(const Shared& c, wire::LeafSigned signature) {
  if (c->signing.signature) {  // heard twice, as a proof
    repeat(*c);
    return;
  }
  if (!c->signing.open) return;
  c->signing.signature = std::move(signature.signature);
  c->signing.answered.notify();
}

Bytes Endpoint::vouched(const Conversation& c, const wire::GatewayMessage& message) const {
  GatewayWord word;
  word.type = static_cast<int>(message.type());
  word.exchange = c.exchange;
  word.registration_id = c.request.registration_id;
  word.leaf_nonce = c.request.nonce;
  word.nonce = c.nonce;
  word.messages = c.messages;
  word.body = crypto::sha256(message.body());
  return message.with(c.exchange, c.voucher->vouch(word));
}

void Endpoint::tell_status(LeafCarrier& carrier, std::uint32_t exchange, std::string_view operation,
                           Seconds retry_after) {
  const Seconds wait = std::clamp(retry_after, Seconds(1), longest_wait);
  const auto message =
      wire::status_message(operation.empty() ? "unassigned" : "assigning", operation, wait.count());
  carrier.send(message.without_proof(exchange));
}

void Endpoint::tell_error(const Shared& c, int error_code, std::string_view why, Seconds retry_after) {
  std::optional<std::int64_t> wait;
  if (retry_after > Seconds(0)) wait = std::min(retry_after, longest_wait).count();
  c->carrier->send(vouched(*c, wire::error_message(error_code, why, wait)));
  conversations_.end(c);
}

void Endpoint::tell_fault(const Shared& c, std::string step, std::string detail, Seconds retry_after) {
  note(*c->carrier, Reason::internal_error, std::move(step), std::move(detail), c->id.text());
  tell_error(c, 500000, "Internal error.", retry_after);
}

std::string Endpoint::resource_of(const RegistrationId& id) const {
  return scope_.text() + "/registrations/" + id.text();
}

void Endpoint::tell(const Shared& c, const Answer& answer) {
  if (answer.status == 202 && answer.operation) {
    c->operation = answer.operation;
    tell_status(*c->carrier, c->exchange, answer.operation->text(), answer.retry_after);
    return;
  }
  if (answer.status == 200) {
    tell_end(c, answer);
    return;
  }
  // What it polled for is not known any more: its request has to come again.
  if (answer.status == 404 && c->operation) {
    tell_status(*c->carrier, c->exchange, {}, come_again);
    conversations_.end(c);
    return;
  }
  if (answer.status < 400) {
    tell_fault(c, "answer", "of status " + std::to_string(answer.status), come_again);
    return;
  }
  const int code = answer.error_code > 0 ? answer.error_code : answer.status * 1000;
  tell_error(c, code, answer.message, answer.retry_after);
}

void Endpoint::tell_end(const Shared& c, const Answer& answer) {
  if (answer.registration_status != RegistrationStatus::assigned) {
    const auto fault = wire::fault_of_state(answer.state);
    tell_error(c, fault.error_code > 0 ? fault.error_code : failed_code, fault.message, Seconds(0));
    return;
  }
  auto result = wire::result_of_state(wire::with_gateway_host_name(answer.state, answer.gateway_host_name));
  if (auto key = crypto::base64::decode(answer.authentication_key); result && key && !key->empty())
    result->authentication_key = std::move(*key);
  const auto fits = result ? result->check() : Result<void>(result.error());
  if (!fits) {
    tell_fault(c, "result", fits.error().detail, come_again);
    return;
  }
  if (result->shortened)
    log::warning("what the service gave with an assignment is too long for the leaf link",
                 {{"registration_id", c->id.text()}});
  c->carrier->send(vouched(*c, result->message()));
  conversations_.end(c);
}

}  // namespace leafgate::link

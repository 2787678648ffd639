#include "adapters/link/endpoint.hpp"

#include <algorithm>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/model/percent.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::link {
namespace {

constexpr std::size_t nonce_octets = 32;
constexpr std::size_t largest_credential = 1'024;
constexpr std::size_t longest_resource = 256;
constexpr Seconds token_life{3600};
constexpr Seconds no_room_for{10};
constexpr std::chrono::seconds sweep_every{5};
constexpr std::chrono::seconds may_have_crossed{2};
constexpr std::size_t longest_detail = 200;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

Endpoint::Endpoint(Executor loop, Ports ports, IdScope scope)
    : loop_(loop), ports_(ports), scope_(std::move(scope)), stopped_(loop) {}

void Endpoint::hear(std::shared_ptr<LeafCarrier> from, Bytes message) {
  if (stopping_) return;
  auto read = wire::read_leaf_message(message);
  if (!read) {
    ++tally_.malformed;
    note(*from, Reason::link_malformed, "message", read.error().detail, from->claimed_id());
    return;
  }
  const std::uint32_t exchange = read->exchange;
  if (auto* request = std::get_if<wire::LeafRegister>(&read->body)) {
    on_register(std::move(from), exchange, std::move(*request), std::move(message));
    return;
  }
  const Shared c = conversations_.find(*from, exchange);
  if (!c) {  // over, or of before a restart: only a new attempt helps
    tell_status(*from, exchange, {}, come_again);
    return;
  }
  c->last_heard = LoopClock::now();
  std::visit(Overloaded{[&](wire::LeafProof& proof) { on_proof(c, std::move(proof), message); },
                        [&](wire::LeafPoll& poll) { on_poll(c, poll); },
                        [&](wire::LeafSigned& signature) { on_signature(c, std::move(signature)); },
                        [](wire::LeafRegister&) {}},
             read->body);
}

void Endpoint::lost(const LeafCarrier& carrier) { conversations_.lost(carrier); }

void Endpoint::on_register(std::shared_ptr<LeafCarrier> from, std::uint32_t exchange,
                           wire::LeafRegister request, Bytes octets) {
  ++tally_.registers;
  const std::string claimed = request.registration_id;
  if (const Shared known = conversations_.find(*from, exchange)) {
    // Heard twice: what was said to it is said again. Another message under the same number is not believed.
    const bool same = known->step == Conversation::Step::challenged && known->octets == octets;
    if (same) from->send(known->challenge);
    return;
  }
  auto id = RegistrationId::parse(claimed);
  if (!id) {
    note(*from, Reason::identity_malformed, "register", id.error().detail, claimed);
    return;
  }
  const std::string& tied = from->claimed_id();
  const auto tied_id = RegistrationId::parse(tied);
  if (!tied.empty() && !(tied_id && tied_id->key() == id->key())) {
    note(*from, Reason::link_wrong_topic, "register", "on the topic of " + tied, claimed);
    return;
  }
  auto c = std::make_shared<Conversation>(loop_, std::move(from), std::move(*id), exchange);
  c->request = std::move(request);
  c->octets = std::move(octets);
  c->messages = crypto::sha256(c->octets);
  if (!conversations_.add(c, LoopClock::now())) {
    log_no_room(*c->carrier);
    tell_status(*c->carrier, exchange, {}, no_room_for);
    return;
  }
  begin(c, open_conversation(c));
}

// Not each: whoever fills the room goes on knocking.
void Endpoint::log_no_room(const LeafCarrier& carrier) {
  const TimePoint now = LoopClock::now();
  if (now < no_room_again_) return;
  no_room_again_ = now + std::chrono::minutes(1);
  log::warning("leaves are told to come again: too many that were challenged bring no proof",
               {{"leaf", carrier.source().address}, {"open", std::uint64_t{conversations_.size()}}});
}

// From the register message to the challenge.
Task<void> Endpoint::open_conversation(Shared c) {
  auto voucher =
      co_await ports_.vouchers.voucher_for(c->id, c->request.mechanism, c->carrier->source().address);
  c->voucher = voucher.by;
  if (!c->voucher) {
    tell_status(*c->carrier, c->exchange, {}, come_again);
    conversations_.end(c);
    co_return;
  }
  if (voucher.refused != Reason::none) {
    note(*c->carrier, voucher.refused, "register", {}, c->id.text());
    tell_error(c, 401000, row(voucher.refused).text, Seconds(0));
    co_return;
  }
  if (c->request.mechanism == Mechanism::tpm) {
    co_await ask_for_tpm_challenge(c);
    co_return;
  }
  if (c->request.mechanism == Mechanism::x509 && !find_chain(c)) co_return;
  challenge(*c, {});
}

// Who can make its challenge is the registrar's to know.
Task<void> Endpoint::ask_for_tpm_challenge(Shared c) {
  Attempt attempt = attempt_of(*c);
  const Answer answer = co_await ports_.registrar.admit(std::move(attempt));
  const auto blob = crypto::base64::decode(answer.authentication_key);
  if (answer.status != 401 || !blob || blob->empty()) {
    tell(c, answer);
    co_return;
  }
  c->token_resource = percent_encode(resource_of(c->id));
  if (blob->size() > largest_credential || c->token_resource.size() > longest_resource) {
    tell_fault(c, "challenge", "larger than the leaf link has room for", Seconds(0));
    co_return;
  }
  const WallTime expires = ports_.clock.now().at + token_life;
  c->token_expiry = std::chrono::duration_cast<Seconds>(expires.time_since_epoch()).count();
  challenge(*c, *blob);
}

void Endpoint::challenge(Conversation& c, ByteView credential) {
  Bytes nonce(nonce_octets);
  ports_.random.fill(nonce);
  const auto message =
      wire::challenge_message(nonce, c.carrier->binding(), credential, c.token_resource, c.token_expiry);
  c.challenge = vouched(c, message);
  c.nonce = std::move(nonce);
  c.step = Conversation::Step::challenged;
  c.challenged_at = LoopClock::now();
  ++tally_.challenges;
  c.carrier->send(c.challenge);
}

void Endpoint::on_proof(const Shared& c, wire::LeafProof proof, const Bytes& octets) {
  if (c->step == Conversation::Step::judged) {  // heard twice: perhaps what it was told was not
    repeat(*c);
    return;
  }
  if (c->step != Conversation::Step::challenged || c->busy) return;
  if (LoopClock::now() - c->challenged_at > Conversations::proof_within) {
    tell_status(*c->carrier, c->exchange, {}, come_again);
    conversations_.end(c);
    return;
  }
  ++tally_.proofs;
  auto evidence = evidence_of(c, proof);
  if (!evidence) {
    note(*c->carrier, Reason::link_malformed, "proof", evidence.error().detail, c->id.text());
    return;
  }
  c->evidence = std::move(*evidence);
  c->octets.insert(c->octets.end(), c->challenge.begin(), c->challenge.end());
  c->octets.insert(c->octets.end(), octets.begin(), octets.end());
  c->messages = crypto::sha256(c->octets);
  c->octets = {};
  c->challenge = {};
  c->step = Conversation::Step::judged;
  begin(c, admit(c, std::nullopt));
}

// What the leaf was told last, if it still counts.
void Endpoint::repeat(const Conversation& c) {
  if (c.signing.open && !c.signing.signature)
    c.carrier->send(c.signing.question);
  else if (!c.busy && c.operation)
    tell_status(*c.carrier, c.exchange, c.operation->text(), come_again);
}

void Endpoint::on_poll(const Shared& c, const wire::LeafPoll& poll) {
  if (c->busy) return;
  const bool is_its =
      c->step == Conversation::Step::judged && c->operation && c->operation->text() == poll.operation;
  if (!is_its) {
    tell_status(*c->carrier, c->exchange, {}, come_again);
    return;
  }
  ++tally_.polls;
  // Before the status: the leaf counts from that one to its next poll, and a slow line needs long for this.
  ask_again(*c);
  begin(c, admit(c, c->operation));
}

// A leaf that polls did not hear what it was asked to sign, unless both were on their way at once.
void Endpoint::ask_again(Conversation& c) {
  Signing& signing = c.signing;
  const TimePoint now = LoopClock::now();
  if (!signing.open || signing.signature || now - signing.said_at < may_have_crossed) return;
  signing.said_at = now;
  c.carrier->send(signing.question);
}

Task<void> Endpoint::admit(Shared c, std::optional<OperationId> operation) {
  Attempt attempt = attempt_of(*c);
  attempt.evidence = c->evidence;
  attempt.operation = std::move(operation);
  attempt.signer = c->signer;
  attempt.schemes = c->request.schemes;
  const Answer answer = co_await ports_.registrar.admit(std::move(attempt));
  if (answer.proven) {
    conversations_.proved(c->id);
    if (const auto* shown = std::get_if<CertificateEvidence>(&c->evidence)) chains_.keep(shown->chain);
  }
  tell(c, answer);
}

Attempt Endpoint::attempt_of(const Conversation& c) const {
  Attempt attempt(scope_, c.id);
  attempt.request.payload = c.request.payload;
  if (c.request.mechanism == Mechanism::tpm) {
    attempt.request.tpm.endorsement_key = crypto::base64::encode(c.request.endorsement_key);
    attempt.request.tpm.storage_root_key = crypto::base64::encode(c.request.storage_root_key);
  }
  attempt.direct = true;
  attempt.family = ClientFamily::leaf_link;
  attempt.client = "leaf link";
  attempt.source = c.carrier->source();
  return attempt;
}

// One task of a conversation at a time: what the leaf repeats meanwhile is dropped.
void Endpoint::begin(Shared c, Task<void> task) {
  c->busy = true;
  ++running_;
  spawn(loop_, counted(std::move(c), std::move(task)));
}

Task<void> Endpoint::counted(Shared c, Task<void> task) {
  co_await std::move(task);
  c->busy = false;
  c->last_heard = LoopClock::now();
  --running_;
  stopped_.notify();
}

Task<void> Endpoint::run() {
  while (!stopping_) {
    (void)co_await stopped_.wait_until(LoopClock::now() + sweep_every);
    conversations_.sweep(LoopClock::now(), [this](const Conversation& c) {
      ++tally_.unanswered;
      ports_.vouchers.unanswered(c.id, c.carrier->source().address);
      note(*c.carrier, Reason::link_unanswered, "challenge", {}, c.id.text());
    });
  }
  while (running_ > 0) co_await stopped_.wait();
}

void Endpoint::stop() {
  stopping_ = true;
  for (const Shared& c : conversations_) c->signing.answered.notify();
  stopped_.notify();
}

void Endpoint::note(const LeafCarrier& carrier, Reason reason, std::string step, std::string detail,
                    std::string claimed_id) {
  DoorEvent event;
  event.source = carrier.source();
  event.reason = reason;
  event.step = std::move(step);
  detail.resize(std::min(detail.size(), longest_detail));
  event.detail = std::move(detail);
  event.claimed_id = std::move(claimed_id);
  ports_.journal.note(std::move(event));
}

// Parsed once; a leaf may send the thumbprint of a chain that proved itself since the start. False: the leaf
// was told why not.
bool Endpoint::find_chain(const Shared& c) {
  CertificateEvidence shown;
  if (c->request.thumbprint) {
    shown.chain = chains_.find(crypto::hex(*c->request.thumbprint));
    if (!shown.chain) {
      tell_error(c, 400000, "send the certificate chain, not its thumbprint", come_again);
      return false;
    }
  } else {
    auto chain = std::make_shared<crypto::CertificateChain>();
    for (const Bytes& der : c->request.chain) {
      auto certificate = crypto::Certificate::parse(der);
      if (!certificate) {
        note(*c->carrier, Reason::link_malformed, "register", "certificate: " + certificate.error().detail,
             c->id.text());
        tell_error(c, 400000, "a certificate cannot be read", Seconds(0));
        return false;
      }
      chain->certificates.push_back(std::move(*certificate));
    }
    shown.chain = std::move(chain);
  }
  c->request.chain.clear();
  c->evidence = std::move(shown);
  return true;
}

}  // namespace leafgate::link

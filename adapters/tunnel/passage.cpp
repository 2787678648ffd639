#include "adapters/tunnel/passage.hpp"

#include <utility>

#include "adapters/tunnel/tls_alert.hpp"
#include "gateway/crypto/x509.hpp"

namespace leafgate::tunnel {
namespace {

constexpr std::uint8_t record_of_handshake = 22;  // RFC 8446 §5.1

// Counts a passage of its line for as long as it lives.
class Present {
 public:
  explicit Present(Line& line) : line_(line) { ++line_.passages; }
  ~Present() { --line_.passages; }
  Present(const Present&) = delete;
  Present& operator=(const Present&) = delete;

 private:
  Line& line_;
};

std::atomic<std::uint64_t>& count_of(Tally& tally, Way way) {
  if (way == Way::service) return tally.to_service;
  return way == Way::hub ? tally.to_hub : tally.to_neighbour;
}

}  // namespace

Passage::Passage(Company& company, Line& line, Seat seat, Choice choice, std::string claimed_id,
                 std::shared_ptr<PassagePresence> presence)
    : company_(company),
      line_(line),
      seat_(std::move(seat)),
      choice_(std::move(choice)),
      claimed_id_(std::move(claimed_id)),
      presence_(std::move(presence)) {
  presence_->is(this);
}

// What is being dialled cannot be stopped alone, but the leaf need not wait for that.
void Passage::cut() {
  if (splice_ != nullptr) {
    splice_->cut();
  } else if (leaf_ != nullptr) {
    leaf_->close();
  }
}

Task<void> Passage::serve(net::Stream& leaf, net::PeerInfo peer) {
  if (line_.stopping) co_return;
  const Present present(line_);
  name_ = std::move(peer.server_name);
  address_ = std::move(peer.address);
  begun_ = company_.clock.now().at;
  since_ = LoopClock::now();
  if (presence_->taken()) {
    tell_end(End::cut, std::nullopt);
    co_return;
  }
  leaf_ = &leaf;
  // A neighbour's certificates are its own affair.
  if (choice_.way != Way::neighbour) watch_ = std::make_unique<TlsWatch>();
  co_await go_through(leaf);
  leaf_ = nullptr;
}

Task<void> Passage::go_through(net::Stream& leaf) {
  const TimePoint dialled = since_ + company_.limits.dial;
  leaf.expires_at(dialled + company_.limits.silence);  // nothing is asked of it meanwhile
  auto far = co_await line_.connector->dial(choice_.target, choice_.reach, dialled);
  if (presence_->taken()) {
    tell_end(End::cut, std::nullopt);
    co_return;
  }
  if (!far) {
    tell_unreached(far.error());
    co_return;
  }
  ++count_of(company_.tally, choice_.way);
  Splice splice(line_.executor, leaf, **far, bounds(), *this);
  splice_ = &splice;
  const End how = co_await splice.run();
  splice_ = nullptr;
  tell_end(how, splice.first_to_end());
}

Splice::Bounds Passage::bounds() const {
  Splice::Bounds bounds;
  bounds.silence = company_.limits.silence;
  bounds.may_rest = choice_.way != Way::service;
  if (bounds.may_rest) return bounds;
  bounds.octets = company_.limits.octets;
  bounds.end = since_ + company_.limits.time;
  return bounds;
}

void Passage::saw(Side from, ByteView octets) {
  (from == Side::leaf ? company_.tally.up : company_.tally.down) += octets.size();
  if (watch_) look_closer(from, octets);
  if (from == Side::leaf || far_spoke_) return;
  far_spoke_ = true;
  // A hub or a neighbour that begins a handshake has taken the connection; the service decides by the proof.
  if (choice_.way != Way::service && octets.front() == record_of_handshake) known();
}

void Passage::look_closer(Side from, ByteView octets) {
  if (from == Side::leaf) {
    watch_->from_client(octets);
    note_certificate();
  } else {
    watch_->from_server(octets);
  }
  alert_of_leaf_ = watch_->alert_of_client();
  alert_of_far_ = watch_->alert_of_server();
  if (choice_.way == Way::service && !known_ && watch_->answered()) known();
  if (watch_->is_over()) watch_.reset();
}

// Whoever shows a certificate claims to be whom it names; nothing of it is believed.
void Passage::note_certificate() {
  const Bytes der = watch_->take_certificate();
  if (der.empty()) return;
  const auto certificate = crypto::Certificate::parse(der);
  if (!certificate) return;
  if (certificate->common_name()) claimed_id_ = *certificate->common_name();
  if (choice_.way == Way::service) company_.passes.shown(presence_, address_, *certificate);
}

void Passage::known() {
  known_ = true;
  leaf_->authenticated();
  if (choice_.way == Way::hub) company_.passes.seen_toward(name_, address_);
}

void Passage::tell_unreached(const Error& error) {
  if (error.code == Errc::stopped) return;
  ++company_.tally.failed;
  note(Reason::tunnel_failed, error.detail);
  tell_session();
}

void Passage::tell_end(End how, std::optional<Side> first) {
  // Nobody learns from it: it was of a leaf that is kept out, and says nothing of the service.
  if (how == End::cut)
    return note(Reason::denied, "ended here: its leaf, or one that it may be, is kept out");
  const std::string limit = limit_reached(how);
  if (!limit.empty()) ++company_.tally.limited;
  if (is_about_certificate(alert_of_leaf_)) {
    note(Reason::leaf_refuses_service_certificate, std::string(alert_of_leaf_));
  } else if (!limit.empty()) {
    note(Reason::tunnel_limit, limit);
  } else if (choice_.way == Way::service && !known_) {
    note(Reason::passed_through, story(how, first));
  }
  tell_session();
}

// Only the service's are of interest to others.
void Passage::tell_session() {
  if (choice_.way != Way::service) return;
  PassedSession session;
  session.source = Source{Transport::tunnel, address_};
  session.server_name = name_;
  session.claimed_id = claimed_id_;
  session.begun = begun_;
  session.answered = known_;
  company_.passes.ended(std::move(session));
}

std::string Passage::limit_reached(End how) const {
  const Limits& limits = company_.limits;
  if (how == End::octets) return "more than " + std::to_string(limits.octets) + " octets";
  if (how == End::time) return "longer than " + to_text(limits.time);
  if (how == End::silence) return "silent for " + to_text(limits.silence);
  return {};
}

// How far it came. Stacks like that of Node leave without an alert when they do not trust a certificate.
std::string Passage::story(End how, std::optional<Side> first) const {
  if (!alert_of_leaf_.empty()) return "it sent the TLS alert " + std::string(alert_of_leaf_);
  if (!alert_of_far_.empty()) return "the service sent the TLS alert " + std::string(alert_of_far_);
  if (how == End::stopped) return "this gateway stopped";
  if (!far_spoke_) return "the service said nothing";
  if (first == Side::leaf)
    return "it left in the handshake: mostly it does not trust the service's certificate";
  return "the service ended it in the handshake: mostly it does not take the leaf's certificate";
}

void Passage::note(Reason reason, const std::string& detail) {
  company_.tell(address_, reason, detail + ", asked for " + name_, claimed_id_);
}

}  // namespace leafgate::tunnel

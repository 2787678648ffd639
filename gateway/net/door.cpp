#include "gateway/net/door.hpp"

#include <cerrno>

#include <boost/asio/redirect_error.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "gateway/model/reason.hpp"
#include "gateway/net/bare_socket.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {
namespace asio = boost::asio;
namespace {

constexpr int accepts_per_turn = 32;  // then sessions get their turn, and other loops their share
constexpr std::chrono::milliseconds exhausted_pause(100);
constexpr std::chrono::seconds between_complaints(10);

using Trouble = TlsSocket::Trouble;

// Half a second of silence is no time-out of the peer's: the haste was ours.
Penalties::Kind weight_of_silence(const TlsSocket& tls) {
  return tls.hurried() ? Penalties::Kind::bad_tls : Penalties::Kind::timeout;
}

}  // namespace

Door::Door(const Executor& executor, std::size_t loop, const ListenerLimits& limits, Listener::Counts& counts,
           AdmissionObserver& observer, Penalties& penalties)
    : executor_(executor),
      loop_(loop),
      limits_(limits),
      counts_(counts),
      observer_(observer),
      penalties_(penalties),
      deadlines_(executor),
      gate_(executor, limits.gate) {
  deadlines_.at_every_sweep([this] { gate_.look(); });
}

Door::Waiting::Waiting(Door& door, std::uint64_t source)
    : door_(&door),
      source_(source),
      before_(door.counts_.waiting.fetch_add(1)),
      before_of_source_(door.waiting_[source]++) {}

void Door::Waiting::end() {
  if (door_ == nullptr) return;
  --door_->counts_.waiting;
  const auto found = door_->waiting_.find(source_);
  if (--found->second == 0) door_->waiting_.erase(found);
  door_ = nullptr;
}

void Door::add(OwnedDescriptor listening, std::uint16_t port, Router router) {
  ports_.push_back(std::make_unique<Port>(executor_, listening.release(), port, std::move(router)));
}

void Door::start() {
  for (const auto& port : ports_) spawn(executor_, accept_all(Counted(counts_.tasks), *port));
}

void Door::close() {
  closed_ = true;
  boost::system::error_code ignored;
  for (const auto& port : ports_) port->listening.close(ignored);
  gate_.stop();
}

Task<void> Door::accept_all(Counted task, Port& port) {
  const Counted last(std::move(task));  // a local, so that it goes after everything else here
  while (!closed_) {
    boost::system::error_code failure;
    co_await port.listening.async_wait(asio::posix::descriptor_base::wait_read,
                                       asio::redirect_error(use_task, failure));
    if (closed_) break;
    const bool exhausted = accept_some(port);
    // The descriptor stays ready: without a pause this would spin until somebody leaves.
    if (exhausted) co_await sleep_for(exhausted_pause);
  }
}

bool Door::accept_some(Port& port) {
  for (int i = 0; i < accepts_per_turn; ++i) {
    sockaddr_storage storage{};
    socklen_t length = sizeof(storage);
    auto* from = reinterpret_cast<sockaddr*>(&storage);
    OwnedDescriptor accepted(
        ::accept4(port.listening.native_handle(), from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.get() >= 0) {
      take(std::move(accepted), *from, port);
      continue;
    }
    const int why = errno;
    if (why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM) {
      say_exhausted(why);
      return true;
    }
    // Every other error concerns a connection that is gone already (accept(2)).
    if (why == EAGAIN || why == EWOULDBLOCK) return false;
  }
  return false;
}

void Door::say_exhausted(int why) {
  const TimePoint now = LoopClock::now();
  if (now < quiet_until_) return;
  quiet_until_ = now + between_complaints;
  log::warning("cannot accept, out of resources", {{"errno", why}});
}

void Door::take(OwnedDescriptor descriptor, const sockaddr& from, Port& port) {
  PeerInfo peer = peer_of(from);
  peer.local_port = port.number;
  const std::uint64_t source = source_of(from);
  if (penalties_.treatment(source, LoopClock::now()) == Penalties::Treatment::held) {
    return refuse_held(peer, source);
  }
  // Counted first, asked then: the other loops accept at the same time.
  Waiting waiting(*this, source);
  if (waiting.before() >= limits_.waiting) {
    return observer_.door_failed(peer, DoorFailure::over_limit, "too many connections wait");
  }
  if (waiting.before_of_source() >= limits_.waiting_of_source) {
    return observer_.door_failed(peer, DoorFailure::over_limit, "too many connections of this source wait");
  }
  constexpr int on = 1;
  (void)::setsockopt(descriptor.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  boost::system::error_code failure;
  Socket socket(executor_);
  socket.assign(asio::generic::stream_protocol(from.sa_family, 0), descriptor.get(), failure);
  if (failure) return observer_.door_failed(peer, DoorFailure::over_limit, failure.message());
  (void)descriptor.release();
  auto visit =
      std::make_unique<Visit>(*this, port, source, std::move(waiting), std::move(socket), std::move(peer));
  visit->arrival.set_deadline(LoopClock::now() + limits_.hello_time);
  deadlines_.add(visit->arrival);
  spawn(executor_, admit(std::move(visit)));
}

Task<void> Door::admit(std::unique_ptr<Visit> visit) {
  co_await visit->arrival.read_hello(limits_.hello);
  receive(std::move(visit));
}

void Door::receive(std::unique_ptr<Visit> visit) {
  Arrival& arrival = visit->arrival;
  if (!arrival.complete()) {
    const auto failure = arrival.failure(limits_.hello);
    if (failure) refuse(arrival.peer, visit->source, failure->kind, failure->detail, failure->weight);
    return;
  }
  arrival.peer.server_name = std::move(arrival.hello.server_name);
  arrival.set_deadline(TimePoint::max());  // the gate bounds the wait
  const Gate::Visitor comes = visitor(visit->source);
  gate_.enter(comes, std::move(visit));
}

// The session gets a coroutine of its own, and of the visit what it needs.
void Door::begin(Visit& visit, Result<Gate::Slot> slot) {
  Arrival& arrival = visit.arrival;
  if (!slot) {
    if (slot.error().code == Errc::stopped) return;
    return observer_.door_failed(arrival.peer, DoorFailure::over_limit, slot.error().detail);
  }
  if (arrival.is_gone()) {
    return observer_.door_failed(arrival.peer, DoorFailure::silent, "left before its turn");
  }
  if (counts_.established >= limits_.established) {
    return observer_.door_failed(arrival.peer, DoorFailure::over_limit, "too many sessions");
  }
  Route route = visit.port.router(arrival.peer, loop_);
  if (route.passage) {
    slot->give_place();   // no handshake: it costs us nothing that others wait for
    visit.waiting.end();  // before it begins, which may be at once
    return spawn(executor_, pass(std::move(visit.task), std::move(arrival.socket), std::move(arrival.octets),
                                 std::move(arrival.peer), std::move(route.passage), std::move(*slot)));
  }
  if (route.told) return;
  if (route.handler == nullptr || !route.tls) {
    return observer_.door_failed(arrival.peer, DoorFailure::handshake_failed, "nobody serves this name");
  }
  spawn(executor_, converse(std::move(visit.task), std::move(visit.waiting), std::move(arrival.socket),
                            std::move(arrival.octets), std::move(arrival.peer), std::move(route),
                            std::move(*slot), visit.source));
}

Task<void> Door::converse(Counted task, Waiting waiting, Socket socket, std::string octets, PeerInfo peer,
                          Route route, Gate::Slot slot, std::uint64_t source) {
  const Counted last(std::move(task));
  TlsSocket tls(std::move(socket), std::move(route.tls), TlsSocket::Role::server, deadlines_,
                std::move(octets));
  tls.hold(std::move(slot), limits_.silence);
  tls.expires_at(LoopClock::now() + limits_.handshake_time);
  const auto shaken = co_await tls.handshake();
  waiting.end();
  if (!shaken) {
    tell_failed_handshake(tls, peer, source);
    co_return;
  }
  const Counted established(counts_.established);
  tls.expires_at(LoopClock::now() + limits_.handshake_time);
  peer.chain = tls.peer_chain();
  observer_.opened(peer);
  co_await route.handler->serve(tls, peer);
  tell_wordless_session(tls, peer, source);
  tls.close();
  if (!tls.peer_ended() && tls.trouble() == Trouble::none) {
    tls.expires_at(LoopClock::now() + limits_.linger_time);
    co_await tls.linger();
  }
  observer_.closed(peer);
}

// Whose fault it is when nothing comes of it cannot be told here: nothing is held against the source.
Task<void> Door::pass(Counted task, Socket socket, std::string octets, PeerInfo peer,
                      std::unique_ptr<StreamHandler> passage, Gate::Slot slot) {
  const Counted last(std::move(task));
  const Counted established(counts_.established);
  BareSocket bare(std::move(socket), deadlines_, std::move(octets));
  bare.hold(std::move(slot));
  bare.expires_at(LoopClock::now() + limits_.handshake_time);
  observer_.opened(peer);
  co_await passage->serve(bare, peer);
  bare.authenticated();  // nothing is left to prove
  bare.close();
  bare.expires_at(LoopClock::now() + limits_.linger_time);
  co_await bare.linger();
  observer_.closed(peer);
}

Gate::Visitor Door::visitor(std::uint64_t source) const {
  const TimePoint now = LoopClock::now();
  Gate::Visitor visitor(source, penalties_.trusts(source, now));
  if (penalties_.treatment(source, now) != Penalties::Treatment::welcome) visitor.at_most = 1;
  return visitor;
}

void Door::refuse(const PeerInfo& peer, std::uint64_t source, DoorFailure failure, std::string_view detail,
                  Penalties::Kind weight) {
  penalties_.failed(source, weight, LoopClock::now());
  observer_.door_failed(peer, failure, detail);
}

void Door::refuse_held(const PeerInfo& peer, std::uint64_t source) {
  if (!penalties_.should_tell(source, LoopClock::now())) return;
  observer_.door_failed(peer, DoorFailure::source_held, "too much failed from this address");
  log::notice("source held back", {{"peer", peer.address}, {"reason", code(Reason::source_held)}});
}

void Door::tell_failed_handshake(const TlsSocket& tls, const PeerInfo& peer, std::uint64_t source) {
  switch (tls.trouble()) {
    case Trouble::none:
    case Trouble::stopped:
      return;
    case Trouble::alert:
      return refuse(peer, source, DoorFailure::alert_received, tls.detail());
    case Trouble::expired:
      return tell_silent(tls, peer, source, "handshake not finished in time");
    case Trouble::closed_by_peer:
      if (tls.has_sent()) return refuse(peer, source, DoorFailure::closed_after_flight, tls.detail());
      return refuse(peer, source, DoorFailure::silent, tls.detail());
    case Trouble::failed:
      return refuse(peer, source, DoorFailure::handshake_failed, tls.detail());
  }
}

// In TLS 1.3 our handshake is done before the peer has judged our certificate: its alert, or its leaving
// without one, comes to the session, as if it had nothing to say.
void Door::tell_wordless_session(const TlsSocket& tls, const PeerInfo& peer, std::uint64_t source) {
  if (tls.has_received()) {
    // What it said is the session's to tell; that nothing came of it in time counts here.
    const bool wasted = tls.trouble() == Trouble::expired && tls.is_unproven();
    if (wasted) penalties_.failed(source, weight_of_silence(tls), LoopClock::now());
    return;
  }
  if (tls.trouble() == Trouble::alert) {
    return refuse(peer, source, DoorFailure::alert_received, tls.detail());
  }
  if (tls.trouble() == Trouble::expired) {
    return tell_silent(tls, peer, source, "said nothing after the handshake");
  }
  if (tls.peer_ended() || tls.trouble() == Trouble::closed_by_peer) {
    return refuse(peer, source, DoorFailure::closed_after_flight, "closed before a word");
  }
}

void Door::tell_silent(const TlsSocket& tls, const PeerInfo& peer, std::uint64_t source,
                       std::string_view detail) {
  refuse(peer, source, DoorFailure::silent, tls.hurried() ? tls.detail() : detail, weight_of_silence(tls));
}

}  // namespace leafgate::net

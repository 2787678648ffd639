#include "adapters/mqtt/endpoint.hpp"

#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "adapters/mqtt/occupant.hpp"
#include "adapters/mqtt/reply.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::mqtt {

namespace {

enum class Heard { octets, end, error };

// Apart from the coroutine, whose frame would keep every temporary of this for as long as a leaf is held.
Heard take(Session& session, const Result<std::size_t>& read) {
  if (!read) {
    session.lost(read.error());
    return Heard::error;
  }
  if (*read == 0) {
    session.lost(std::nullopt);
    return Heard::end;
  }
  session.received(*read);
  return Heard::octets;
}

}  // namespace

Task<void> Endpoint::serve(net::Stream& stream, net::PeerInfo peer) {
  Session session(limits_, ports_.journal, Source{transport_, std::move(peer.address)},
                  std::move(peer.chain));
  const Executor home = co_await boost::asio::this_coro::executor;
  const Occupancy occupancy(std::make_shared<Occupant>(home, stream));
  TimePoint begun = LoopClock::now();
  stream.expires_at(session.read_deadline(begun, begun));
  for (;;) {
    const Next next = session.advance();
    if (next == Next::ask || next == Next::refuse) {
      co_await answer(stream, session, next, occupancy.get(), peer.server_name);
      if (session.awaits_service()) begun = LoopClock::now();
    }
    // Who proved the same id elsewhere has this one's place: not a word more.
    if (occupancy.taken()) co_return;
    const bool written = co_await flush(stream, session);
    if (!written) co_return;
    if (next == Next::close) break;
    if (next != Next::read) continue;

    stream.expires_at(session.read_deadline(begun, LoopClock::now()));
    const auto read = co_await stream.read_some(session.room());
    if (occupancy.taken()) co_return;
    const Heard heard = take(session, read);
    // After an error nothing more can be said, not even goodbye.
    if (heard == Heard::error) co_return;
    if (heard == Heard::end) break;
  }
  stream.close();
}

// Nothing is written before: the PUBACK of a request leaves in one TLS record with its answer.
Task<void> Endpoint::answer(net::Stream& stream, Session& session, Next next,
                            std::shared_ptr<Presence> presence, const std::string& server_name) {
  const TimePoint asked = LoopClock::now();
  stream.expires_at(asked + limits_.answer);
  Answer answer;
  if (next == Next::ask) {
    Attempt attempt = session.attempt();
    attempt.presence = std::move(presence);
    attempt.server_name = server_name;
    // Its costly part is over; the service may take seconds to judge it. A knock is judged at once.
    if (!attempt.knock) stream.proof_pending();
    answer = co_await ports_.registrar.admit(std::move(attempt));
  } else {
    answer = session.refusal();
  }
  if (session.must_pause()) co_await sleep_until(asked + limits_.pause);
  std::string body;
  if (!session.is_knock() && !answer.elsewhere)
    body = reply_body(answer, session.id(), session.is_poll(), ports_.clock.now().at, ports_.random);
  session.answer(answer, body);
}

// False when the stream failed.
Task<bool> Endpoint::flush(net::Stream& stream, Session& session) {
  const std::string output = session.output();
  if (output.empty()) co_return true;
  const auto written = co_await stream.write(as_bytes(output));
  if (written) {
    session.delivered();
    if (session.proven()) stream.authenticated();
  } else {
    session.lost(written.error());
  }
  co_return written.has_value();
}

}  // namespace leafgate::mqtt

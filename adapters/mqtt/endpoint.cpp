#include "adapters/mqtt/endpoint.hpp"

#include <optional>
#include <utility>

#include "adapters/mqtt/reply.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::mqtt {

Task<void> Endpoint::serve(net::Stream& stream, net::PeerInfo peer) {
  Source source;
  source.transport = transport_;
  source.address = std::move(peer.address);
  Session session(limits_, ports_.journal, std::move(source));
  const auto ended = co_await converse(stream, session);
  // After an error nothing more can be said, not even goodbye.
  if (ended) stream.close();
}

// Ends well when one side ended the session as MQTT knows it, with an error when the stream failed.
Task<Result<void>> Endpoint::converse(net::Stream& stream, Session& session) {
  const TimePoint begun = LoopClock::now();
  stream.expires_at(session.read_deadline(begun, begun));
  for (;;) {
    const Next next = session.advance();
    if (next == Next::ask || next == Next::refuse) {
      co_await answer(stream, session, next);
    }
    const auto written = co_await flush(stream, session);
    if (!written) co_return written;
    if (next == Next::close) co_return Result<void>();
    if (next != Next::read) continue;

    stream.expires_at(session.read_deadline(begun, LoopClock::now()));
    const auto octets = co_await stream.read_some(session.room());
    if (!octets) {
      session.lost(octets.error());
      co_return octets.error();
    }
    if (*octets == 0) {
      session.lost(std::nullopt);
      co_return Result<void>();
    }
    session.received(*octets);
  }
}

// Nothing is written before: the PUBACK of a request leaves in one TLS record with its answer.
Task<void> Endpoint::answer(net::Stream& stream, Session& session, Next next) {
  const TimePoint asked = LoopClock::now();
  stream.expires_at(asked + limits_.answer);
  Answer answer;
  if (next == Next::ask) {
    answer = co_await ports_.registrar.admit(session.attempt());
  } else {
    answer = session.refusal();
  }
  if (session.must_pause()) co_await sleep_until(asked + limits_.pause);
  const std::string body =
      reply_body(answer, session.id(), session.is_poll(), ports_.clock.now().at, ports_.random);
  session.answer(answer, body);
}

Task<Result<void>> Endpoint::flush(net::Stream& stream, Session& session) {
  const std::string output = session.output();
  if (output.empty()) co_return Result<void>();
  const auto written = co_await stream.write(as_bytes(output));
  if (written) {
    session.delivered();
  } else {
    session.lost(written.error());
  }
  co_return written;
}

}  // namespace leafgate::mqtt

#include "adapters/mqtt/session.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "gateway/net/first_words.hpp"

namespace leafgate::mqtt {
namespace {

// Octets read at once: while a CONNECT is awaited, while a held leaf is silent, and of a packet known to be
// large, which is one TLS record.
constexpr std::size_t first_read = 512;
constexpr std::size_t small_read = 256;
constexpr std::size_t large_read = 16384;
constexpr std::size_t longest_detail = 200;

}  // namespace

Session::Session(const Limits& limits, Journal& journal, Source source,
                 std::shared_ptr<const crypto::CertificateChain> chain)
    : limits_(limits), journal_(journal), source_(std::move(source)), chain_(std::move(chain)) {}

std::span<std::uint8_t> Session::room() {
  const std::size_t kept = end_ - begin_;
  const std::size_t missing = std::max(needed_, kept + skip_) - kept;
  const std::size_t least = state_ == State::open ? small_read : first_read;
  const std::size_t size = kept + std::clamp(missing, least, large_read);
  const ByteView unread_octets = unread();
  if (size > input_.size() || size + small_read <= input_.size()) {
    Bytes other(size);
    std::copy(unread_octets.begin(), unread_octets.end(), other.begin());
    input_ = std::move(other);
  } else if (begin_ > 0) {
    std::copy(unread_octets.begin(), unread_octets.end(), input_.begin());
  }
  begin_ = 0;
  end_ = kept;
  return std::span(input_).subspan(end_);
}

void Session::received(std::size_t octets) {
  end_ += octets;
  heard_ = heard_ || octets > 0;
}

ByteView Session::unread() const { return ByteView(input_).subspan(begin_, end_ - begin_); }

Expect Session::expected() const {
  Expect expect;
  expect.connect = state_ == State::awaiting_connect;
  expect.control = limits_.control_packet;
  expect.publish = std::min(limits_.publish, Limits::publish_ceiling);
  expect.topic = limits_.topic;
  return expect;
}

Next Session::advance() {
  while (state_ != State::closed) {
    const std::size_t skipped = std::min(skip_, end_ - begin_);
    skip_ -= skipped;
    begin_ += skipped;
    if (skip_ > 0) return Next::read;
    if (const auto next = take_packet()) return *next;
  }
  return Next::close;
}

// Takes the packet at the front of what is unread; nullopt when it needs nothing from outside.
std::optional<Next> Session::take_packet() {
  Decoded decoded = decode(unread(), expected());
  if (state_ == State::awaiting_connect && decoded.outcome != Outcome::need_more &&
      decoded.outcome != Outcome::foreign)
    step_ = "connect";
  needed_ = decoded.size;
  switch (decoded.outcome) {
    case Outcome::need_more:
      return Next::read;
    case Outcome::too_large:
      return take_oversize(decoded.size);
    case Outcome::malformed:
      return breach(Reason::mqtt_malformed, decoded.why);
    case Outcome::foreign:
      return breach_of_stranger(decoded.why);
    case Outcome::packet:
      break;
  }
  // The packet's views stay good: octets are moved in room() alone.
  begin_ += decoded.size;
  needed_ = 0;
  return std::visit([this](const auto& packet) { return on(packet); }, decoded.packet);
}

// A PUBLISH that is too large is answered from its head and the rest of it is dropped as it comes.
std::optional<Next> Session::take_oversize(std::size_t size) {
  const auto type = unread()[0] >> 4U;
  constexpr unsigned publish = 3;
  if (state_ != State::open || type != publish || size > limits_.skipped)
    return breach(Reason::request_too_large, "a packet larger than allowed");
  const Decoded head = decode_publish_head(unread(), expected());
  needed_ = head.size;
  if (head.outcome == Outcome::need_more) return Next::read;
  if (head.outcome != Outcome::packet) return breach(Reason::mqtt_malformed, head.why);
  needed_ = 0;
  skip_ = size;
  return take_request(std::get<Publish>(head.packet), true);
}

void Session::lost(const std::optional<Error>& error) {
  const bool ours = error && error->code == Errc::stopped;
  const bool timed_out = error && error->code == Errc::timed_out;
  // A peer that said nothing is told of by net, which knows more of it.
  if (ours || state_ == State::closed || !heard_) return;
  if (undelivered_) {
    note(Reason::silent, "the connection ended before an answer was written", claimed_id());
  } else if (!answered_) {
    note(Reason::silent, timed_out ? "its time was over" : "the leaf ended the connection", claimed_id());
  }
}

TimePoint Session::read_deadline(TimePoint begun, TimePoint now) const {
  if (state_ == State::awaiting_connect) return begun + limits_.connect;
  LoopClock::duration idle = limits_.idle;
  if (leaf_ && leaf_->keep_alive > 0) {
    // MQTT 3.1.1 §3.1.2.10: one and a half times the keep-alive.
    const auto keep_alive = std::min(Seconds(leaf_->keep_alive), limits_.keep_alive_ceiling);
    idle = Millis(keep_alive) * 3 / 2;
  }
  const TimePoint until = now + idle;
  if (proven_) return until;
  return std::min(until, begun + limits_.connect + (pending_ ? limits_.authentication : limits_.request));
}

// TLS was right, and then came another protocol.
Next Session::breach_of_stranger(std::string_view why) {
  const std::string words = net::first_words(unread());
  const Reason reason = words.starts_with("AMQP") ? Reason::amqp : Reason::not_mqtt;
  return breach(reason, words + " within TLS: " + std::string(why));
}

Next Session::breach(Reason reason, std::string_view detail) {
  note(reason, detail, claimed_id());
  state_ = State::closed;
  return Next::close;
}

void Session::note(Reason reason, std::string_view detail, std::string_view claimed) {
  if (noted_++ >= limits_.notes) return;
  DoorEvent event;
  event.source = source_;
  event.reason = reason;
  event.step = step_;
  event.detail = detail.substr(0, longest_detail);
  event.claimed_id = claimed;
  journal_.note(std::move(event));
}

std::string_view Session::claimed_id() const {
  return leaf_ ? std::string_view(leaf_->id.text()) : std::string_view{};
}

}  // namespace leafgate::mqtt

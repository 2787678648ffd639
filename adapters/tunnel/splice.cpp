#include "adapters/tunnel/splice.hpp"

#include <algorithm>

namespace leafgate::tunnel {
namespace {

constexpr std::size_t room_at_rest = 1024;
constexpr std::size_t room = 8192;
// For the other side to hear that one has gone, and to leave by itself.
constexpr std::chrono::seconds farewell(2);

// A buffer as large as what comes: thousands of tunnels rest most of the time.
void fit(Bytes& buffer, std::size_t got) {
  if (got == buffer.size() && buffer.size() < room) {
    buffer.resize(room);
  } else if (got < room_at_rest && buffer.size() > room_at_rest) {
    buffer = Bytes(room_at_rest);
  }
}

}  // namespace

Splice::Splice(const Executor& executor, net::Stream& leaf, net::Stream& far, const Bounds& bounds,
               Onlooker& onlooker)
    : executor_(executor),
      leaf_(leaf),
      far_(far),
      bounds_(bounds),
      onlooker_(onlooker),
      came_back_(executor) {}

Task<Splice::End> Splice::run() {
  renew();
  spawn(executor_, back());
  co_await carry(leaf_, far_, Side::leaf);
  while (!back_) co_await came_back_.wait();
  co_return end_.value_or(End::orderly);
}

Task<void> Splice::back() {
  co_await carry(far_, leaf_, Side::far);
  back_ = true;
  came_back_.notify();
}

// What one side says, to the other. When the other is there no more it is read and dropped: the side that
// lives is let finish, so that nothing which is still on its way to it is lost by a reset.
Task<void> Splice::carry(net::Stream& from, net::Stream& to, Side side) {
  const Side other = side == Side::leaf ? Side::far : Side::leaf;
  bool reaches = true;
  Bytes buffer(room_at_rest);
  for (;;) {
    const auto got = co_await from.read_some(buffer);
    if (!got) {
      failed(side, got.error());
      break;
    }
    if (*got == 0) {
      ended(side);
      break;
    }
    if (side == Side::far) far_spoke_ = true;
    onlooker_.saw(side, ByteView(buffer).first(*got));
    if (!may_pass(*got)) break;
    if (!reaches) continue;
    const auto written = co_await to.write(ByteView(buffer).first(*got));
    if (!written) {
      failed(other, written.error());
      reaches = false;
    }
    fit(buffer, *got);
  }
  to.close();
}

bool Splice::may_pass(std::size_t count) {
  passed_ += count;
  if (passed_ > bounds_.octets) {
    finish(End::octets);
    return false;
  }
  renew();
  return true;
}

void Splice::ended(Side side) {
  if (!first_) first_ = side;
  one_ended_ = true;
  renew();
}

void Splice::failed(Side side, const Error& error) {
  if (end_) return;  // by what we did about the first trouble
  if (error.code == Errc::stopped) return finish(End::stopped);
  if (error.code == Errc::timed_out) {
    if (one_ended_) return finish(End::orderly);  // the other had its time to end too
    return finish(LoopClock::now() >= bounds_.end ? End::time : End::silence);
  }
  end_ = End::gone;
  if (!first_) first_ = side;
  stream(side).expires_at(TimePoint::min());  // also what the other direction does with it
  stream(side == Side::leaf ? Side::far : Side::leaf).expires_at(LoopClock::now() + farewell);
}

void Splice::finish(End how) {
  if (end_) return;
  end_ = how;
  set_deadlines(TimePoint::min());
}

void Splice::renew() {
  if (end_) return;
  const bool rests = bounds_.may_rest && far_spoke_ && !one_ended_;
  set_deadlines(rests ? bounds_.end : std::min(bounds_.end, LoopClock::now() + bounds_.silence));
}

void Splice::set_deadlines(TimePoint when) {
  leaf_.expires_at(when);
  far_.expires_at(when);
}

}  // namespace leafgate::tunnel

#include "gateway/net/memory_stream.hpp"

#include <algorithm>
#include <deque>

#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {

// One direction. Shared by both ends, because either may go first.
struct MemoryStream::Pipe {
  Pipe(const Executor& executor, std::size_t limit)
      : capacity(limit), readable(executor), writable(executor) {}

  void wake() {
    readable.notify();
    writable.notify();
  }

  std::size_t capacity;
  std::deque<std::uint8_t> octets;
  bool ended = false;   // no octets will follow
  bool reader = true;   // somebody could still read
  bool broken = false;  // the line is cut
  Wakeup readable;
  Wakeup writable;
};

MemoryStream::Pair MemoryStream::make_pair(const Executor& executor, Options options) {
  const auto there = std::make_shared<Pipe>(executor, options.capacity);
  const auto back = std::make_shared<Pipe>(executor, options.capacity);
  return {std::unique_ptr<MemoryStream>(new MemoryStream(back, there, options.seed)),
          std::unique_ptr<MemoryStream>(new MemoryStream(there, back, options.seed))};
}

MemoryStream::MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out, std::uint64_t seed)
    : in_(std::move(in)), out_(std::move(out)), chance_(seed) {}

MemoryStream::~MemoryStream() {
  close();
  in_->reader = false;
  in_->wake();
}

bool MemoryStream::over() const { return failure_ || in_->broken || LoopClock::now() >= deadline_; }

Error MemoryStream::over_error() const {
  if (failure_) return *failure_;
  if (in_->broken) return {Errc::unreachable, "line cut"};
  return {Errc::timed_out, "deadline passed"};
}

std::size_t MemoryStream::take(std::span<std::uint8_t> into) {
  auto count = std::min(into.size(), in_->octets.size());
  if (chance_ != 0 && count > 1) {
    // xorshift64: a few lines, the same on every machine.
    chance_ ^= chance_ << 13U;
    chance_ ^= chance_ >> 7U;
    chance_ ^= chance_ << 17U;
    count = 1 + chance_ % count;
  }
  const auto end = in_->octets.begin() + static_cast<std::ptrdiff_t>(count);
  std::copy(in_->octets.begin(), end, into.begin());
  in_->octets.erase(in_->octets.begin(), end);
  in_->writable.notify();
  return count;
}

Task<Result<std::size_t>> MemoryStream::read_some(std::span<std::uint8_t> into) {
  for (;;) {
    if (over()) co_return over_error();
    if (!in_->octets.empty() && !into.empty()) co_return take(into);
    if (in_->ended || into.empty()) co_return std::size_t{0};
    (void)co_await in_->readable.wait_until(deadline_);
  }
}

Task<Result<void>> MemoryStream::write(ByteView octets) {
  while (!octets.empty()) {
    if (over()) co_return over_error();
    if (out_->ended || !out_->reader) co_return Error(Errc::unreachable, "peer gone");
    const auto room = out_->capacity - std::min(out_->capacity, out_->octets.size());
    const auto part = octets.first(std::min(room, octets.size()));
    out_->octets.insert(out_->octets.end(), part.begin(), part.end());
    octets = octets.subspan(part.size());
    if (!part.empty()) out_->readable.notify();
    if (!octets.empty()) (void)co_await out_->writable.wait_until(deadline_);
  }
  if (over()) co_return over_error();
  co_return Result<void>();
}

void MemoryStream::expires_at(TimePoint when) {
  deadline_ = when;
  // What waits now must wait by the new moment.
  in_->readable.notify();
  out_->writable.notify();
}

void MemoryStream::close() {
  out_->ended = true;
  out_->wake();
}

void MemoryStream::expire(Errc why) {
  if (!failure_) failure_ = std::make_unique<Error>(why, "expired");
  in_->readable.notify();
  out_->writable.notify();
}

void MemoryStream::cut() {
  in_->broken = out_->broken = true;
  in_->octets.clear();
  out_->octets.clear();
  in_->wake();
  out_->wake();
}

std::size_t MemoryStream::unread() const { return out_->octets.size(); }

}  // namespace leafgate::net

#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "gateway/net/stream.hpp"

namespace leafgate {

// A connection whose peer says what a script says. Every operation completes at once; each read gives one
// chunk (or the part of it that fits). Members are open to the tests.
class ScriptedStream : public net::Stream {
 public:
  enum class End { orderly, reset, deadline };

  ScriptedStream() = default;
  explicit ScriptedStream(std::deque<std::string> script, End e = End::orderly)
      : reads(std::move(script)), end(e) {}

  std::deque<std::string> reads;
  End end = End::orderly;  // what reads come to when the script is used up
  std::string written;
  bool closed = false;
  bool write_fails = false;
  TimePoint deadline = TimePoint::max();
  std::function<void()> on_read;  // before each read: to look at what stands by then

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override {
    if (on_read) on_read();
    if (!reads.empty()) {
      std::string& chunk = reads.front();
      const std::size_t n = std::min(into.size(), chunk.size());
      std::copy_n(chunk.begin(), n, into.begin());
      chunk.erase(0, n);
      if (chunk.empty()) reads.pop_front();
      co_return n;
    }
    if (end == End::reset) co_return Error(Errc::unreachable, "connection reset by peer");
    if (end == End::deadline) co_return Error(Errc::timed_out, "deadline");
    co_return std::size_t{0};
  }

  Task<Result<void>> write(ByteView octets) override {
    if (write_fails) co_return Error(Errc::unreachable, "broken pipe");
    written.append(as_text(octets));
    co_return Result<void>();
  }

  void expires_at(TimePoint when) override { deadline = when; }
  void close() override { closed = true; }
};

}  // namespace leafgate

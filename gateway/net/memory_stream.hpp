#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "gateway/net/stream.hpp"

namespace leafgate::net {

// One end of a connection that exists in memory only: for sessions in a Simulator. What one end writes the
// other reads, in order; both ends live on the executor they were made for. Destroying an end is the peer's
// orderly end, as closing a socket is.
class MemoryStream final : public Stream {
 public:
  struct Options {
    std::uint64_t seed = 0;           // 0: reads give all there is; else short reads drawn from this seed
    std::size_t capacity = 64 << 10;  // a writer waits while this much is unread
  };
  using Pair = std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>;
  [[nodiscard]] static Pair make_pair(const Executor& executor, Options options);
  [[nodiscard]] static Pair make_pair(const Executor& executor) { return make_pair(executor, Options{}); }
  ~MemoryStream() override;

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override;
  Task<Result<void>> write(ByteView octets) override;
  void expires_at(TimePoint when) override;
  void close() override;

  // As Deadlines does to a socket: sticky; every operation, also a pending one, fails with this.
  void expire(Errc why);
  // As if the line was cut: both ends fail with unreachable; what was written and not read is lost.
  void cut();
  // Octets written here that the peer did not read yet.
  [[nodiscard]] std::size_t unread() const;

 private:
  struct Pipe;
  MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out, std::uint64_t seed);
  [[nodiscard]] bool over() const;
  [[nodiscard]] Error over_error() const;
  std::size_t take(std::span<std::uint8_t> into);

  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  std::uint64_t chance_;
  TimePoint deadline_ = TimePoint::max();
  std::unique_ptr<Error> failure_;
};

}  // namespace leafgate::net

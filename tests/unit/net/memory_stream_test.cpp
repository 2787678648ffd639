#include "gateway/net/memory_stream.hpp"

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"

namespace leafgate::net::memory_stream_test {
namespace {

using namespace std::chrono_literals;

Task<std::string> read_to_end(Stream& from, int& reads) {
  std::string all;
  Bytes part(16);
  for (;;) {
    const auto count = co_await from.read_some(part);
    ++reads;
    if (!count || *count == 0) co_return all;
    all += as_text(ByteView(part).first(*count));
  }
}

Task<Result<void>> write_and_close(Stream& to, std::string text) {
  auto written = co_await to.write(as_bytes(text));
  to.close();
  co_return written;
}

TEST(MemoryStream, carries_octets_in_order_until_the_end) {
  for (const std::uint64_t seed : {0U, 1U, 77U}) {
    Simulator sim(1);
    auto [a, b] = MemoryStream::make_pair(sim.executor(), {.seed = seed, .capacity = 5});
    const std::string text(100, 'x');
    int reads = 0;
    sim.spawn([](Task<Result<void>> task) -> Task<void> {
      const auto done = co_await std::move(task);
      EXPECT_TRUE(done);
    }(write_and_close(*a, text + "end")));
    EXPECT_EQ(sim.run(read_to_end(*b, reads)), text + "end");
    EXPECT_GE(reads, 20) << "a small pipe makes the writer wait";
  }
}

TEST(MemoryStream, deadline_ends_a_pending_read_at_its_moment) {
  Simulator sim(1);
  auto [a, b] = MemoryStream::make_pair(sim.executor());
  const TimePoint begin = sim.now();
  a->expires_at(begin + 5s);
  Bytes part(16);
  const auto count = sim.run(a->read_some(part));
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Errc::timed_out);
  EXPECT_EQ(sim.now(), begin + 5s);
}

TEST(MemoryStream, a_deadline_moved_while_a_read_waits_counts_for_it) {
  Simulator sim(1);
  auto [a, b] = MemoryStream::make_pair(sim.executor());
  const TimePoint begin = sim.now();
  a->expires_at(begin + 1h);
  const auto hurry = [](Stream& whom) -> Task<void> {
    co_await sleep_for(1s);
    whom.expires_at(LoopClock::now() + 1s);
  };
  sim.spawn(hurry(*a));
  Bytes part(16);
  EXPECT_FALSE(sim.run(a->read_some(part)));
  EXPECT_EQ(sim.now(), begin + 2s);
}

TEST(MemoryStream, expire_is_sticky_and_tells_why) {
  Simulator sim(1);
  auto [a, b] = MemoryStream::make_pair(sim.executor());
  a->expire(Errc::stopped);
  a->expire(Errc::timed_out);
  Bytes part(16);
  EXPECT_EQ(sim.run(a->read_some(part)).error().code, Errc::stopped);
  EXPECT_EQ(sim.run(a->write(part)).error().code, Errc::stopped);
}

TEST(MemoryStream, a_peer_that_is_gone_reads_as_end_and_refuses_writes) {
  Simulator sim(1);
  auto [a, b] = MemoryStream::make_pair(sim.executor());
  b.reset();
  Bytes part(16);
  EXPECT_EQ(sim.run(a->read_some(part)).value(), 0U);
  EXPECT_EQ(sim.run(a->write(part)).error().code, Errc::unreachable);
}

TEST(MemoryStream, half_close_leaves_the_other_direction_open) {
  Simulator sim(1);
  auto [a, b] = MemoryStream::make_pair(sim.executor());
  a->close();
  Bytes part(16);
  EXPECT_EQ(sim.run(b->read_some(part)).value(), 0U);
  EXPECT_TRUE(sim.run(b->write(as_bytes("late"))));
  EXPECT_EQ(sim.run(a->read_some(part)).value(), 4U);
  EXPECT_EQ(sim.run(a->write(part)).error().code, Errc::unreachable);
}

TEST(MemoryStream, a_cut_line_fails_both_ends_also_while_they_wait) {
  Simulator sim(1);
  auto [a, b] = MemoryStream::make_pair(sim.executor());
  const auto cut_later = [](MemoryStream& whom) -> Task<void> {
    co_await sleep_for(1s);
    whom.cut();
  };
  sim.spawn(cut_later(*b));
  Bytes part(16);
  EXPECT_EQ(sim.run(a->read_some(part)).error().code, Errc::unreachable);
  EXPECT_EQ(sim.run(b->write(part)).error().code, Errc::unreachable);
}

}  // namespace
}  // namespace leafgate::net::memory_stream_test

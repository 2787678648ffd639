// A socket whose octets are passed on as they are, over a socketpair in virtual time.
#include "gateway/net/bare_socket.hpp"

#include <optional>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/unit/net/gate_caller.hpp"
#include "tests/unit/net/tls_fixture.hpp"

namespace leafgate::net::bare_socket_test {
namespace {

using namespace std::chrono_literals;

class BareSocketTest : public testing::Test {
 protected:
  BareSocketTest() {
    auto [a, b] = socket_pair(sim_.executor());
    peer_ = a.release();
    bare_.emplace(std::move(b), deadlines_, "hello");
    bare_->expires_at(TimePoint::max());
  }
  ~BareSocketTest() override {
    ::close(peer_);
    bare_.reset();
    sim_.run_for(1s);
  }
  Result<std::string> read(std::size_t room = 64) {
    Bytes part(room);
    const auto count = sim_.run(bare_->read_some(part));
    if (!count) return count.error();
    return std::string(as_text(ByteView(part).first(*count)));
  }
  Result<void> write(std::string_view what) { return sim_.run(bare_->write(as_bytes(what))); }
  void say(std::string_view what) const { (void)!::write(peer_, what.data(), what.size()); }

  Simulator sim_{1};
  Deadlines deadlines_{sim_.executor()};
  Gate gate_{sim_.executor(), Gate::Limits{.places = 1, .per_source = 1}};
  std::optional<BareSocket> bare_;
  int peer_ = -1;
};

TEST_F(BareSocketTest, gives_first_what_was_read_before) {
  say(" world");
  EXPECT_EQ(read(3).value(), "hel");
  EXPECT_EQ(read().value(), "lo");
  EXPECT_EQ(read().value(), " world");
}

TEST_F(BareSocketTest, carries_an_end_each_way) {
  ASSERT_TRUE(write("ab"));
  bare_->close();
  std::string heard(8, '\0');
  EXPECT_EQ(::read(peer_, heard.data(), heard.size()), 2);
  EXPECT_EQ(::read(peer_, heard.data(), heard.size()), 0);
  say("still");
  ::shutdown(peer_, SHUT_WR);
  EXPECT_EQ(read().value(), "hello");
  EXPECT_EQ(read().value(), "still");
  EXPECT_EQ(read().value(), "");
}

TEST_F(BareSocketTest, waits_for_a_slow_reader_until_the_deadline_and_stays_ended) {
  const TimePoint begin = sim_.now();
  bare_->expires_at(begin + 5s);
  const std::string much(8 << 20, 'x');
  EXPECT_EQ(write(much).error().code, Errc::timed_out);
  EXPECT_GE(sim_.now(), begin + 5s);
  EXPECT_LE(sim_.now(), begin + 5s + 100ms);
  bare_->expires_at(TimePoint::max());
  EXPECT_EQ(read().error().code, Errc::timed_out);
}

TEST_F(BareSocketTest, is_stopped_in_a_read) {
  EXPECT_EQ(read().value(), "hello");
  const auto stop = [](Deadlines& deadlines) -> Task<void> {
    co_await sleep_for(1s);
    deadlines.expire_all(Errc::stopped);
  };
  sim_.spawn(stop(deadlines_));
  EXPECT_EQ(read().error().code, Errc::stopped);
}

TEST_F(BareSocketTest, tells_when_the_peer_has_gone) {
  ::close(peer_);
  const std::string text = "x";
  EXPECT_EQ(write(text).error().code, Errc::unreachable);
}

TEST_F(BareSocketTest, lingers_until_the_peers_end) {
  const auto leave = [](int peer) -> Task<void> {
    co_await sleep_for(2s);
    (void)!::write(peer, "unread", 6);
    ::shutdown(peer, SHUT_WR);
  };
  const TimePoint begin = sim_.now();
  sim_.spawn(leave(peer_));
  sim_.run(bare_->linger());
  EXPECT_GE(sim_.now(), begin + 2s);
  EXPECT_LE(sim_.now(), begin + 2s + 100ms);
}

TEST_F(BareSocketTest, counts_among_the_unproven_of_its_source_until_authenticated) {
  auto slot = sim_.run(enter(gate_, Gate::Visitor(7))).value();
  slot.give_place();
  bare_->hold(std::move(slot));
  EXPECT_EQ(gate_.in_progress(), 0U);
  bool entered = false;
  const auto another = [](Gate& gate, bool& in) -> Task<void> {
    const auto own = co_await enter(gate, Gate::Visitor(7));
    in = own.has_value();
  };
  sim_.spawn(another(gate_, entered));
  sim_.run_for(1s);
  EXPECT_FALSE(entered);
  bare_->authenticated();
  sim_.run_for(1ms);
  EXPECT_TRUE(entered);
}

TEST(BareSocket, asks_after_a_minute_whether_a_tcp_peer_lives) {
  Simulator sim(1);
  Deadlines deadlines(sim.executor());
  const int tcp = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const BareSocket bare(Socket(sim.executor(), boost::asio::generic::stream_protocol(AF_INET, 0), tcp),
                        deadlines);
  int value = 0;
  socklen_t size = sizeof(value);
  ASSERT_EQ(::getsockopt(tcp, SOL_SOCKET, SO_KEEPALIVE, &value, &size), 0);
  EXPECT_EQ(value, 1);
  ASSERT_EQ(::getsockopt(tcp, IPPROTO_TCP, TCP_KEEPIDLE, &value, &size), 0);
  EXPECT_EQ(value, 60);
  ASSERT_EQ(::getsockopt(tcp, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size), 0);
  EXPECT_EQ(value, 120'000) << "nor may it leave untaken what it is sent";
}

}  // namespace
}  // namespace leafgate::net::bare_socket_test

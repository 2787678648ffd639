#include "gateway/net/tls_socket.hpp"

#include <numeric>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/unit/net/tls_fixture.hpp"

namespace leafgate::net::tls_socket_test {
namespace {

using namespace std::chrono_literals;
using Role = TlsSocket::Role;
using Trouble = TlsSocket::Trouble;

// Real TLS over a socketpair in virtual time.
class TlsSocketTest : public testing::Test {
 protected:
  TlsSocketTest() { connect(); }
  ~TlsSocketTest() override {
    // The sweep ends when nothing is left to watch.
    near_.reset();
    far_.reset();
    sim_.run_for(1s);
  }

  void connect(std::string prefix = {}) {
    auto [a, b] = socket_pair(sim_.executor());
    raw_ = a.native_handle();
    near_ = std::make_unique<TlsSocket>(std::move(a), tls_.client, Role::client, deadlines_);
    far_ =
        std::make_unique<TlsSocket>(std::move(b), tls_.server, Role::server, deadlines_, std::move(prefix));
  }
  std::pair<Result<void>, Result<void>> shake() {
    std::optional<Result<void>> near;
    const auto keep = [](TlsSocket& end, std::optional<Result<void>>& into) -> Task<void> {
      into.emplace(co_await end.handshake());
    };
    sim_.spawn(keep(*near_, near));
    auto far = sim_.run(far_->handshake());
    sim_.run_for(200ms);
    return {near.value_or(Error(Errc::internal, "still shaking")), far};
  }
  Result<std::string> read(TlsSocket& from) {
    Bytes part(64 << 10);
    const auto count = sim_.run(from.read_some(part));
    if (!count) return count.error();
    return std::string(as_text(ByteView(part).first(*count)));
  }

  Simulator sim_{1};
  TlsPair tls_;
  Deadlines deadlines_{sim_.executor()};
  std::unique_ptr<TlsSocket> near_, far_;
  int raw_ = -1;
};

TEST_F(TlsSocketTest, shakes_hands_and_carries_octets_both_ways) {
  near_->expect("gw.example");
  const auto [near, far] = shake();
  ASSERT_TRUE(near) << near.error().detail;
  ASSERT_TRUE(far) << far.error().detail;
  ASSERT_TRUE(sim_.run(near_->write(as_bytes("hello"))));
  EXPECT_EQ(read(*far_).value(), "hello");
  ASSERT_TRUE(sim_.run(far_->write(as_bytes("welcome"))));
  EXPECT_EQ(read(*near_).value(), "welcome");
}

TEST_F(TlsSocketTest, speaks_tls_1_2_as_well) {
  SSL_CTX_set_max_proto_version(tls_.client->native(), TLS1_2_VERSION);
  connect();
  const auto [near, far] = shake();
  ASSERT_TRUE(far) << far.error().detail;
  ASSERT_TRUE(sim_.run(near_->write(as_bytes("hello"))));
  EXPECT_EQ(read(*far_).value(), "hello");
}

TEST_F(TlsSocketTest, refuses_tls_1_1_and_says_why) {
  SSL_CTX_set_min_proto_version(tls_.client->native(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls_.client->native(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(tls_.client->native(), "ALL@SECLEVEL=0");
  connect();
  const auto [near, far] = shake();
  EXPECT_FALSE(near);
  ASSERT_FALSE(far);
  EXPECT_EQ(far_->trouble(), Trouble::failed);
  EXPECT_NE(far.error().detail.find("unsupported protocol"), std::string::npos) << far.error().detail;
}

TEST_F(TlsSocketTest, takes_octets_that_were_read_before) {
  // The client speaks first; what it said is taken off the socket and handed over as prefix.
  auto [a, b] = socket_pair(sim_.executor());
  TlsSocket client(std::move(a), tls_.client, Role::client, deadlines_);
  ASSERT_EQ(client.step_handshake(), TlsSocket::Want::read);
  std::string prefix(300, '\0');
  const auto got = ::recv(b.native_handle(), prefix.data(), prefix.size(), 0);
  ASSERT_GT(got, 0);
  prefix.resize(static_cast<std::size_t>(got));
  TlsSocket server(std::move(b), tls_.server, Role::server, deadlines_, prefix);
  const auto keep = [](TlsSocket& end) -> Task<void> {
    const auto done = co_await end.handshake();
    EXPECT_TRUE(done);
  };
  sim_.spawn(keep(client));
  const auto done = sim_.run(server.handshake());
  EXPECT_TRUE(done) << done.error().detail;
}

TEST_F(TlsSocketTest, carries_bodies_of_every_size_through_a_full_socket) {
  ASSERT_TRUE(shake().second);
  for (const std::size_t size : {1U, 300U, 16'384U, 16'385U, 20'000U, 3'000'000U}) {
    Bytes body(size);
    std::iota(body.begin(), body.end(), std::uint8_t{0});
    const auto send = [](TlsSocket& to, ByteView all) -> Task<void> {
      const auto written = co_await to.write(all);
      EXPECT_TRUE(written);
    };
    sim_.spawn(send(*far_, body));
    std::string got;
    while (got.size() < size) got += read(*near_).value();
    EXPECT_TRUE(got == as_text(body)) << size;
  }
}

TEST_F(TlsSocketTest, the_peers_goodbye_reads_as_the_end) {
  ASSERT_TRUE(shake().second);
  near_->close();
  EXPECT_EQ(read(*far_).value(), "");
  EXPECT_TRUE(far_->peer_ended());
  EXPECT_EQ(far_->trouble(), Trouble::none);
}

TEST_F(TlsSocketTest, an_end_without_goodbye_is_no_end) {
  ASSERT_TRUE(shake().second);
  ::shutdown(raw_, SHUT_WR);
  EXPECT_EQ(read(*far_).error().code, Errc::unreachable);
  EXPECT_EQ(far_->trouble(), Trouble::closed_by_peer);
  EXPECT_FALSE(far_->has_received());
}

TEST_F(TlsSocketTest, a_write_to_a_peer_that_is_gone_fails_and_ends) {
  ASSERT_TRUE(shake().second);
  near_->close();
  EXPECT_EQ(read(*far_).value(), "");
  near_.reset();
  Bytes big(1 << 20);
  EXPECT_EQ(sim_.run(far_->write(big)).error().code, Errc::unreachable);
}

TEST_F(TlsSocketTest, a_client_that_does_not_trust_us_tells_by_alert) {
  const TestPki stranger("DNS:gw.example", "another ca");
  tls_.client = crypto::TlsContext::client(stranger.ca_file()).value();
  connect();
  const auto [near, far] = shake();
  ASSERT_FALSE(near);
  EXPECT_NE(near.error().detail.find("issuer"), std::string::npos) << near.error().detail;
  ASSERT_FALSE(far);
  EXPECT_EQ(far_->trouble(), Trouble::alert);
  EXPECT_EQ(far_->detail(), "unknown CA");
}

TEST_F(TlsSocketTest, a_client_checks_the_name) {
  struct Row {
    const char* host;
    bool good;
  };
  for (const Row& row : {Row{"gw.example", true}, Row{"other.example", false}, Row{"127.0.0.1", true},
                         Row{"127.0.0.2", false}}) {
    connect();
    near_->expect(row.host);
    EXPECT_EQ(shake().first.has_value(), row.good) << row.host;
  }
}

TEST_F(TlsSocketTest, a_deadline_ends_a_handshake_that_stands_still) {
  near_.reset();
  auto [a, b] = socket_pair(sim_.executor());
  TlsSocket alone(std::move(a), tls_.server, Role::server, deadlines_);
  const TimePoint begin = sim_.now();
  alone.expires_at(begin + 5s);
  EXPECT_EQ(sim_.run(alone.handshake()).error().code, Errc::timed_out);
  EXPECT_GE(sim_.now(), begin + 5s);
  EXPECT_LE(sim_.now(), begin + 5s + 100ms);
}

TEST_F(TlsSocketTest, expire_is_sticky_and_the_first_reason_stays) {
  ASSERT_TRUE(shake().second);
  const auto stop_later = [](TlsSocket& whom) -> Task<void> {
    co_await sleep_for(1s);
    whom.expire(Errc::stopped);
    whom.expire(Errc::timed_out);
  };
  sim_.spawn(stop_later(*far_));
  EXPECT_EQ(read(*far_).error().code, Errc::stopped);
  EXPECT_EQ(sim_.run(far_->write(as_bytes("x"))).error().code, Errc::stopped);
}

// The race that a cancelled wait alone would lose: the wait had completed when the deadline came.
TEST_F(TlsSocketTest, expiry_between_completion_and_next_step_is_seen) {
  ASSERT_TRUE(shake().second);
  const auto write_then_expire = [](TlsSocket& near, TlsSocket& far) -> Task<void> {
    co_await sleep_for(1s);
    std::size_t count = 0;
    (void)near.step_write(as_bytes("in time"), count);  // the reactor completes the wait of `far`...
    const auto executor = co_await boost::asio::this_coro::executor;
    auto expire = [&far] { far.expire(Errc::timed_out); };  // ...and this runs before the reader does
    boost::asio::post(executor, expire);
  };
  sim_.spawn(write_then_expire(*near_, *far_));
  EXPECT_EQ(read(*far_).error().code, Errc::timed_out);
}

TEST_F(TlsSocketTest, reads_and_writes_at_the_same_time) {
  ASSERT_TRUE(shake().second);
  std::string seen;
  const auto echo_reader = [](TlsSocket& from, std::string& into) -> Task<void> {
    Bytes part(100);
    const auto count = co_await from.read_some(part);
    if (count) into = as_text(ByteView(part).first(*count));
  };
  sim_.spawn(echo_reader(*far_, seen));
  const auto fill = [](TlsSocket& to) -> Task<void> {
    const Bytes big(1 << 20);
    const auto written = co_await to.write(big);
    EXPECT_TRUE(written);
  };
  sim_.spawn(fill(*far_));
  sim_.run_for(100ms);
  ASSERT_TRUE(sim_.run(near_->write(as_bytes("meanwhile"))));
  std::size_t total = 0;
  while (total < 1 << 20) total += read(*near_).value().size();
  sim_.run_for(100ms);
  EXPECT_EQ(seen, "meanwhile");
}

// Octets that are always there would else keep every other session of the loop, and its listener, waiting.
TEST_F(TlsSocketTest, a_peer_that_never_pauses_leaves_the_loop_to_others) {
  ASSERT_TRUE(shake().second);
  constexpr std::size_t records = 150;
  constexpr std::size_t size = 64;
  const Bytes record(size);
  for (std::size_t i = 0; i < records; ++i) {
    std::size_t count = 0;
    ASSERT_EQ(near_->step_write(record, count), TlsSocket::Want::nothing);
  }
  near_->close();
  std::size_t got = 0;
  const auto read_all = [](TlsSocket& from, std::size_t& total) -> Task<void> {
    Bytes part(size);
    std::size_t last = 1;
    while (last != 0) {
      const auto count = co_await from.read_some(part);
      last = count ? *count : 0;
      total += last;
    }
  };
  std::optional<std::size_t> seen_by_another;
  sim_.spawn(read_all(*far_, got));
  boost::asio::post(sim_.executor(), [&] { seen_by_another = got; });
  sim_.run_for(1s);
  EXPECT_EQ(got, records * size);
  ASSERT_TRUE(seen_by_another.has_value());
  EXPECT_LT(*seen_by_another, 50 * size);
}

TEST_F(TlsSocketTest, a_lingering_end_leaves_the_loop_to_others) {
  ASSERT_TRUE(shake().second);
  const Bytes record(1000);
  for (int i = 0; i < 80; ++i) {
    std::size_t count = 0;
    ASSERT_EQ(near_->step_write(record, count), TlsSocket::Want::nothing);
  }
  near_->close();
  bool ended = false;
  std::optional<bool> ended_before_another;
  const auto linger = [](TlsSocket& end, bool& done) -> Task<void> {
    co_await end.linger();
    done = true;
  };
  sim_.spawn(linger(*far_, ended));
  boost::asio::post(sim_.executor(), [&] { ended_before_another = ended; });
  sim_.run_for(1s);
  EXPECT_TRUE(ended);
  EXPECT_EQ(ended_before_another, false);
}

}  // namespace
}  // namespace leafgate::net::tls_socket_test

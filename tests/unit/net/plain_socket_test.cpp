#include "gateway/net/plain_socket.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "gateway/net/http_client.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/runtime/simulator.hpp"

namespace leafgate::net::plain_socket_test {
namespace {

using namespace std::chrono_literals;

// Two ends of a socketpair in virtual time: its octets are there at once (netcore §6).
struct PlainSocketTest : testing::Test {
  Simulator sim{1};
  std::unique_ptr<PlainSocket> here;
  std::unique_ptr<PlainSocket> there;

  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    here = wrap(ends[0]);
    there = wrap(ends[1]);
  }
  std::unique_ptr<PlainSocket> wrap(int descriptor) {
    const boost::asio::local::stream_protocol local;
    return std::make_unique<PlainSocket>(Socket(sim.executor(), local, descriptor));
  }
  Result<std::size_t> read(PlainSocket& from) { return sim.run(from.read_some(scratch_)); }
  std::array<std::uint8_t, 64> scratch_{};
};

TEST_F(PlainSocketTest, carries_octets_and_an_orderly_end) {
  const std::string text = "hello";
  ASSERT_TRUE(sim.run(there->write(as_bytes(text))).has_value());
  there->close();
  EXPECT_EQ(*read(*here), 5U);
  EXPECT_EQ(*read(*here), 0U);
}

TEST_F(PlainSocketTest, ends_a_pending_read_at_its_deadline_and_stays_ended) {
  const TimePoint begin = sim.now();
  here->expires_at(begin + 5s);
  EXPECT_EQ(read(*here).error().code, Errc::timed_out);
  EXPECT_EQ(sim.now(), begin + 5s);
  here->expires_at(TimePoint::max());
  EXPECT_EQ(read(*here).error().code, Errc::timed_out);
}

TEST_F(PlainSocketTest, obeys_a_deadline_that_moves_nearer_or_farther) {
  const TimePoint begin = sim.now();
  here->expires_at(begin + 60s);
  sim.run_for(1s);
  here->expires_at(begin + 5s);
  EXPECT_EQ(read(*here).error().code, Errc::timed_out);
  EXPECT_EQ(sim.now(), begin + 5s);

  there->expires_at(sim.now() + 1s);
  there->expires_at(sim.now() + 9s);
  EXPECT_EQ(read(*there).error().code, Errc::timed_out);
  EXPECT_EQ(sim.now(), begin + 14s);
}

TEST_F(PlainSocketTest, ends_a_write_the_peer_does_not_read) {
  const std::string much(8 << 20, 'x');
  here->expires_at(sim.now() + 5s);
  EXPECT_EQ(sim.run(here->write(as_bytes(much))).error().code, Errc::timed_out);
}

TEST_F(PlainSocketTest, says_stopped_when_stopped) {
  here->stop();
  EXPECT_EQ(read(*here).error().code, Errc::stopped);
}

TEST_F(PlainSocketTest, tells_when_the_peer_has_gone) {
  there.reset();
  const std::string text = "hello";
  EXPECT_EQ(sim.run(here->write(as_bytes(text))).error().code, Errc::unreachable);
  EXPECT_EQ(*read(*here), 0U);
}

class Length : public HttpHandler {
  Task<HttpResponse> handle(HttpRequest request) override {
    co_return HttpResponse(200, "text/plain", std::string(request.body.size(), 'r'));
  }
};

TEST_F(PlainSocketTest, carries_http_with_large_bodies_both_ways) {
  HttpLimits limits;
  limits.body = 4'000'000;
  Length handler;
  HttpServer server(handler, limits);
  sim.spawn(server.serve(*there, PeerInfo()));
  HttpClientLimits client_limits;
  client_limits.body = 4'000'000;
  HttpConnect connect = [this](TimePoint) -> Task<Result<std::unique_ptr<Stream>>> {
    std::unique_ptr<Stream> stream = std::move(here);
    co_return stream;
  };
  HttpClient client("x", connect, client_limits);
  for (const std::size_t size : {0U, 300U, 20'000U, 3'000'000U}) {
    HttpRequest request("POST", "/");
    request.body = std::string(size, 'q');
    auto got = sim.run(client.send(std::move(request), sim.now() + 30s));
    ASSERT_TRUE(got.has_value()) << size << got.error().detail;
    EXPECT_EQ(got->body.size(), size);
  }
  client.close_idle();
  sim.run_until_idle();
}

}  // namespace
}  // namespace leafgate::net::plain_socket_test

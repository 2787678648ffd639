#include "gateway/net/http_client.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/scripted_peers.hpp"

namespace leafgate::net::http_client_test {
namespace {

using namespace std::chrono_literals;
using End = ScriptedStream::End;

struct HttpClientTest : testing::Test {
  Simulator sim{1};
  ScriptedPeers peers;
  HttpClient client{"dps.example", peers.connect()};

  Result<HttpResponse> ask(HttpRequest request = HttpRequest("GET", "/x")) {
    return sim.run(client.send(std::move(request), sim.now() + 30s));
  }
  void script(std::deque<std::string> reads, End end = End::orderly) { peers.script(std::move(reads), end); }
};

std::string answer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\nX-A: b\r\n\r\n" + body;
}

TEST_F(HttpClientTest, sends_a_request_and_reads_its_answer) {
  script({answer("hello")});
  HttpRequest request("PUT", "/scope/registrations/a");
  request.headers.add("Content-Type", "application/json");
  request.body = "{}";
  auto got = ask(std::move(request));
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "hello");
  EXPECT_EQ(*got->headers.find("x-a"), "b");
  EXPECT_EQ(peers.made[0]->written,
            "PUT /scope/registrations/a HTTP/1.1\r\nHost: dps.example\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\n\r\n{}");
}

TEST_F(HttpClientTest, reads_an_answer_cut_at_each_octet) {
  const std::string whole =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    script({whole.substr(0, cut), whole.substr(cut)});
    auto got = ask();
    ASSERT_TRUE(got.has_value()) << cut << got.error().detail;
    EXPECT_EQ(got->status, 202);
    EXPECT_EQ(got->body, "abcde") << cut;
    client.close_idle();
  }
}

TEST_F(HttpClientTest, takes_and_gives_bodies_of_every_size) {
  HttpClientLimits limits;
  limits.body = 4'000'000;
  HttpClient roomy("x", peers.connect(), limits);
  for (const std::size_t size : {0U, 300U, 20'000U, 3'000'000U}) {
    const std::string body(size, 'c');
    script({answer(body)});
    HttpRequest request("POST", "/");
    request.body = body;
    auto got = sim.run(roomy.send(std::move(request), sim.now() + 30s));
    ASSERT_TRUE(got.has_value()) << size;
    EXPECT_EQ(got->body, body);
    EXPECT_TRUE(peers.made.back()->written.ends_with("\r\n\r\n" + body)) << size;
    roomy.close_idle();
  }
}

TEST_F(HttpClientTest, keeps_a_connection_for_the_next_request) {
  script({answer("1"), answer("2")});
  EXPECT_EQ(ask()->body, "1");
  EXPECT_EQ(client.idle_connections(), 1U);
  EXPECT_EQ(ask()->body, "2");
  EXPECT_EQ(peers.made.size(), 1U);
}

TEST_F(HttpClientTest, does_not_keep_what_the_peer_will_close_or_what_says_too_much) {
  for (const std::string& reply :
       {std::string("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"),
        std::string("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"), std::string("HTTP/1.1 200 OK\r\n\r\nx"),
        answer("x") + "surplus"}) {
    script({reply});
    auto got = ask();
    ASSERT_TRUE(got.has_value()) << reply;
    EXPECT_EQ(got->body, "x");
    EXPECT_EQ(client.idle_connections(), 0U) << reply;
    EXPECT_FALSE(peers.made.back()->alive);
  }
}

TEST_F(HttpClientTest, asks_again_when_a_kept_connection_turns_out_dead) {
  for (const End end : {End::orderly, End::reset}) {
    peers.made.clear();
    script({answer("1")}, end);
    script({answer("2")});
    EXPECT_EQ(ask()->body, "1");
    EXPECT_EQ(ask()->body, "2");
    EXPECT_EQ(peers.made.size(), 2U);
    client.close_idle();
  }
}

TEST_F(HttpClientTest, does_not_ask_again_after_half_an_answer) {
  script({answer("1"), "HTTP/1.1 200 OK\r\nContent-Le"});
  script({answer("2")});
  EXPECT_EQ(ask()->body, "1");
  auto got = ask();
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Errc::unreachable);
  EXPECT_EQ(peers.made.size(), 1U);
}

TEST_F(HttpClientTest, does_not_ask_a_fresh_connection_twice) {
  script({}, End::reset);
  script({answer("2")});
  EXPECT_EQ(ask().error().code, Errc::unreachable);
  EXPECT_EQ(peers.made.size(), 1U);
}

TEST_F(HttpClientTest, passes_a_deadline_on) {
  script({answer("1")}, End::deadline);
  EXPECT_EQ(ask()->body, "1");
  EXPECT_EQ(ask().error().code, Errc::timed_out);
}

// An uplink that came back with another address leaves every kept connection dead without a word.
TEST_F(HttpClientTest, trusts_no_kept_connection_after_one_gave_no_answer) {
  script({}, End::deadline);
  script({}, End::deadline);
  ASSERT_TRUE(sim.run(client.reach(sim.now() + 30s)));
  ASSERT_TRUE(sim.run(client.reach(sim.now() + 30s)));
  ASSERT_EQ(client.idle_connections(), 2U);
  EXPECT_EQ(ask().error().code, Errc::timed_out);
  EXPECT_EQ(client.idle_connections(), 0U);
}

TEST_F(HttpClientTest, forgets_connections_that_idled_too_long) {
  script({answer("1"), answer("never")});
  script({answer("2")});
  EXPECT_EQ(ask()->body, "1");
  sim.run_for(51s);
  EXPECT_EQ(ask()->body, "2");
}

TEST_F(HttpClientTest, reads_an_answer_whose_request_could_not_be_written_whole) {
  ScriptedStream early({"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"});
  early.write_fails = true;
  peers.scripts.push_back(std::move(early));
  auto got = ask();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->status, 413);
  EXPECT_EQ(client.idle_connections(), 0U);
}

TEST_F(HttpClientTest, tells_what_is_wrong_with_an_answer) {
  struct Row {
    std::string reply;
    Errc error;
  };
  const std::vector<Row> rows = {
      {"", Errc::unreachable},
      {"HTTP/1.1 200 OK\r\n", Errc::unreachable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Errc::unreachable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Errc::unreachable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", Errc::unreachable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Errc::malformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Errc::malformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", Errc::malformed},
      {"HTTP/1.1 004 No Content\r\n\r\n", Errc::malformed},
      {"SSH-2.0-OpenSSH_9.2\r\n", Errc::malformed},
      {"\x15\x03\x03 a TLS alert", Errc::malformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 98305\r\n\r\n", Errc::too_large},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(98305, 'x'), Errc::too_large},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n18001\r\n" + std::string(98305, 'x'),
       Errc::too_large},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", Errc::too_large},
      // What never ends between the chunks is no part of the body, and must not be kept all the same.
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(98305, 'x'), Errc::too_large},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(98305, 'x'),
       Errc::too_large},
  };
  for (const Row& row : rows) {
    script({row.reply});
    auto got = ask();
    ASSERT_FALSE(got.has_value()) << row.reply.substr(0, 80);
    EXPECT_EQ(got.error().code, row.error) << row.reply.substr(0, 80) << got.error().detail;
  }
}

TEST_F(HttpClientTest, follows_no_redirect) {
  script({"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n"});
  auto got = ask();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->status, 307);
  EXPECT_EQ(peers.made.size(), 1U);
}

TEST_F(HttpClientTest, tells_when_nobody_can_be_reached) { EXPECT_EQ(ask().error().code, Errc::unreachable); }

}  // namespace
}  // namespace leafgate::net::http_client_test

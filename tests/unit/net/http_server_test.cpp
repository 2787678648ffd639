#include "gateway/net/http_server.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/scripted_stream.hpp"

namespace leafgate::net::http_server_test {
namespace {

// Remembers what it is asked and gives the body back.
class Echo : public HttpHandler {
 public:
  std::vector<HttpRequest> asked;
  std::string answer_body;
  bool close = false;

  Task<HttpResponse> handle(HttpRequest request) override {
    HttpResponse out(200, "text/plain", answer_body.empty() ? request.body : answer_body);
    out.close = close;
    asked.push_back(std::move(request));
    co_return out;
  }
};

struct Served {
  std::vector<HttpRequest> asked;
  std::string written;
  bool closed = false;
  [[nodiscard]] int status() const { return written.size() < 12 ? 0 : std::stoi(written.substr(9, 3)); }
};

Served serve(std::deque<std::string> script, HttpLimits limits = {},
             ScriptedStream::End end = ScriptedStream::End::orderly) {
  Simulator sim(1);
  ScriptedStream stream(std::move(script), end);
  Echo echo;
  HttpServer server(echo, limits);
  sim.run(server.serve(stream, PeerInfo()));
  return {echo.asked, stream.written, stream.closed};
}

const std::string plain_get = "GET /v1/status HTTP/1.1\r\nHost: gateway\r\n\r\n";

TEST(HttpServer, answers_a_request_and_keeps_the_connection) {
  const Served got = serve({plain_get + plain_get});
  ASSERT_EQ(got.asked.size(), 2U);
  EXPECT_EQ(got.asked[0].method, "GET");
  EXPECT_EQ(got.asked[0].target, "/v1/status");
  EXPECT_EQ(*got.asked[0].headers.find("host"), "gateway");
  EXPECT_EQ(got.written.find("Connection: close"), std::string::npos);
  EXPECT_NE(got.written.find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(HttpServer, reads_a_request_cut_at_each_octet) {
  const std::string whole = "PUT /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + plain_get;
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    const Served got = serve({whole.substr(0, cut), whole.substr(cut)});
    ASSERT_EQ(got.asked.size(), 2U) << cut;
    EXPECT_EQ(got.asked[0].body, "hello") << cut;
  }
  std::deque<std::string> octets;
  for (const char c : whole) octets.push_back(std::string(1, c));
  EXPECT_EQ(serve(octets).asked.size(), 2U);
}

TEST(HttpServer, takes_and_gives_bodies_of_every_size) {
  HttpLimits limits;
  limits.body = 4'000'000;
  for (const std::size_t size : {0U, 300U, 20'000U, 3'000'000U}) {
    const std::string body(size, 'b');
    const Served got =
        serve({"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + body},
              limits);
    ASSERT_EQ(got.asked.size(), 1U) << size;
    EXPECT_EQ(got.asked[0].body, body);
    EXPECT_TRUE(got.written.ends_with("\r\n\r\n" + body)) << size;
  }
}

TEST(HttpServer, closes_when_asked_to) {
  for (const char* head :
       {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    const Served got = serve({head, plain_get});
    EXPECT_EQ(got.asked.size(), 1U);
    EXPECT_NE(got.written.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(got.closed);
  }
}

TEST(HttpServer, answers_head_with_the_length_but_no_body) {
  Simulator sim(1);
  ScriptedStream stream({"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"});
  Echo echo;
  echo.answer_body = "twelve bytes";
  HttpServer server(echo);
  sim.run(server.serve(stream, PeerInfo()));
  EXPECT_NE(stream.written.find("Content-Length: 12\r\n"), std::string::npos);
  EXPECT_TRUE(stream.written.ends_with("\r\n\r\n"));
}

TEST(HttpServer, tells_a_waiting_client_to_go_on) {
  const Served got =
      serve({"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", "ok"});
  EXPECT_TRUE(got.written.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"));
}

TEST(HttpServer, says_nothing_to_a_peer_that_left_in_the_middle) {
  for (const auto end :
       {ScriptedStream::End::orderly, ScriptedStream::End::reset, ScriptedStream::End::deadline}) {
    EXPECT_EQ(serve({plain_get.substr(0, 20)}, {}, end).written, "");
    EXPECT_EQ(serve({"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"}, {}, end).written, "");
  }
}

TEST(HttpServer, moves_its_deadline_with_each_step) {
  Simulator sim(1);
  ScriptedStream stream({"POST / HTTP/1.1\r\n", "Host: x\r\nContent-Length: 2\r\n\r\n", "ok"});
  std::vector<LoopClock::duration> left;
  stream.on_read = [&] { left.push_back(stream.deadline - sim.now()); };
  Echo echo;
  HttpServer server(echo);
  sim.run(server.serve(stream, PeerInfo()));
  using namespace std::chrono_literals;
  // first octets, rest of the head, body, the next request, and what still comes after our half-close
  EXPECT_EQ(left, (std::vector<LoopClock::duration>{5s, 5s, 10s, 60s, 1s}));
}

TEST(HttpServer, hands_the_connection_over_with_what_it_has_read) {
  class Taker : public HttpHandler {
   public:
    std::string unread;
    Task<HttpResponse> handle(HttpRequest) override {
      HttpResponse out(200, "text/event-stream", "");
      out.takeover = [this](Stream& stream, std::string rest) -> Task<void> {
        return talk(stream, std::move(rest));
      };
      co_return out;
    }
    Task<void> talk(Stream& stream, std::string rest) {
      unread = std::move(rest);
      const std::string event = "data: 1\n\n";
      auto written = co_await stream.write(as_bytes(event));
      EXPECT_TRUE(written.has_value());
    }
  };
  Simulator sim(1);
  ScriptedStream stream({plain_get + "more"});
  Taker taker;
  HttpServer server(taker);
  sim.run(server.serve(stream, PeerInfo()));
  EXPECT_EQ(taker.unread, "more");
  EXPECT_EQ(stream.written.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(stream.written.ends_with("\r\n\r\ndata: 1\n\n"));

  ScriptedStream head({"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"});
  sim.run(server.serve(head, PeerInfo()));
  EXPECT_TRUE(head.written.starts_with("HTTP/1.1 200")) << head.written;
  EXPECT_TRUE(head.written.ends_with("\r\n\r\n")) << "no body for HEAD: " << head.written;
  EXPECT_EQ(head.written.find("Content-Length"), std::string::npos);
}

TEST(HttpServer, takes_absolute_targets_with_their_own_host) {
  const struct {
    const char* target;
    const char* path;
    const char* host;
  } rows[] = {{"http://gateway/v1/status?a=b", "/v1/status?a=b", "gateway"},
              {"HTTPS://gateway:8080", "/", "gateway:8080"},
              {"http://gateway?a", "/?a", "gateway"}};
  for (const auto& row : rows) {
    const Served got = serve({std::string("GET ") + row.target + " HTTP/1.1\r\nHost: other\r\n\r\n"});
    ASSERT_EQ(got.asked.size(), 1U) << row.target << "\n" << got.written;
    EXPECT_EQ(got.asked[0].target, row.path);
    EXPECT_EQ(*got.asked[0].headers.find("Host"), row.host);
    EXPECT_EQ(got.asked[0].headers.count("Host"), 1U);
  }
}

struct Bad {
  const char* name;
  std::string head;
  int status;
};

// Each row ends the connection after one refusal: what follows on it is never taken for a request.
TEST(HttpServer, refuses_what_parsers_disagree_about) {
  const std::string host = "Host: x\r\n";
  const std::vector<Bad> rows = {
      {"both framings",
       "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"both, other order",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
      {"chunked", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
      {"identity coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\n\r\n", 411},
      {"odd coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n", 411},
      {"coding with tab", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding:\tchunked\r\n\r\n", 411},
      {"coding twice",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 400},
      {"coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 411},
      {"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
      {"the same length twice",
       "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {"length list", "POST / HTTP/1.1\r\n" + host + "Content-Length: 3, 3\r\n\r\n", 400},
      {"signed length", "POST / HTTP/1.1\r\n" + host + "Content-Length: +3\r\n\r\n", 400},
      {"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", 400},
      {"hex length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x3\r\n\r\n", 400},
      {"empty length", "POST / HTTP/1.1\r\n" + host + "Content-Length:\r\n\r\n", 400},
      {"length with blank", "POST / HTTP/1.1\r\n" + host + "Content-Length: 3 3\r\n\r\n", 400},
      {"huge length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"length over the limit", "POST / HTTP/1.1\r\n" + host + "Content-Length: 16385\r\n\r\n", 413},
      {"blank before the colon", "POST / HTTP/1.1\r\n" + host + "Content-Length : 3\r\n\r\n", 400},
      {"folded line", "POST / HTTP/1.1\r\n" + host + "X: a\r\n Content-Length: 3\r\n\r\n", 400},
      {"folded first line", "POST / HTTP/1.1\r\n X: a\r\n" + host + "\r\n", 400},
      {"bare line feeds", "POST / HTTP/1.1\nHost: x\n\n", 400},
      {"one bare line feed", "POST / HTTP/1.1\r\nHost: x\nContent-Length: 3\r\n\r\n", 400},
      {"bare carriage return", "POST / HTTP/1.1\r\nHost: x\rContent-Length: 3\r\n\r\n", 400},
      {"NUL in a value", std::string("GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n", 28), 400},
      {"control octet in a value", "GET / HTTP/1.1\r\nHost: x\x01\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"absolute target of another scheme", "GET ftp://gateway/ HTTP/1.1\r\n" + host + "\r\n", 400},
      {"absolute target without a host", "GET http:///a HTTP/1.1\r\n" + host + "\r\n", 400},
      {"absolute target with a user", "GET http://u@gateway/ HTTP/1.1\r\n" + host + "\r\n", 400},
      {"absolute target beside no host", "GET http://gateway/ HTTP/1.1\r\n\r\n", 400},
      {"asterisk target", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 400},
      {"no target", "GET HTTP/1.1\r\n" + host + "\r\n", 400},
      {"blank in the target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", 505},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/2.0", "GET / HTTP/2.0\r\n" + host + "\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\n" + host + "\r\n", 505},
      {"TLS hello", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n", 400},
      {"no colon", "GET / HTTP/1.1\r\n" + host + "nonsense\r\n\r\n", 400},
      {"empty name", "GET / HTTP/1.1\r\n" + host + ": v\r\n\r\n", 400},
      {"long head", "GET / HTTP/1.1\r\n" + host + "X: " + std::string(8192, 'a') + "\r\n\r\n", 431},
      {"endless head", "GET /" + std::string(9000, 'a'), 431},
  };
  for (const Bad& row : rows) {
    const Served got = serve({row.head, plain_get});
    EXPECT_EQ(got.status(), row.status) << row.name << "\n" << got.written;
    EXPECT_TRUE(got.asked.empty()) << row.name;
    EXPECT_TRUE(got.closed) << row.name;
    EXPECT_NE(got.written.find("Connection: close"), std::string::npos) << row.name;
  }
}

TEST(HttpServer, counts_header_fields) {
  const auto with = [](int n) {
    std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int i = 1; i < n; ++i) head += "X-" + std::to_string(i) + ": y\r\n";
    return head + "\r\n";
  };
  EXPECT_EQ(serve({with(32)}).status(), 200);
  EXPECT_EQ(serve({with(33)}).status(), 431);
}

TEST(HttpServer, takes_a_head_of_exactly_the_limit) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  EXPECT_EQ(serve({head + std::string(8192 - head.size() - 4, 'a') + "\r\n\r\n"}).status(), 200);
  EXPECT_EQ(serve({head + std::string(8193 - head.size() - 4, 'a') + "\r\n\r\n"}).status(), 431);
}

}  // namespace
}  // namespace leafgate::net::http_server_test

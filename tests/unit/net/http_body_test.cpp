#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/http_server.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/scripted_stream.hpp"

// Who may send a body, and what room one takes.
namespace leafgate::net::http_body_test {
namespace {

// Lets in what it has a seat for.
class Judge : public HttpHandler {
 public:
  bool lets_in = true;
  std::string told_of;  // method, size and body, when it was asked
  bool was_held = false;
  std::weak_ptr<void> seat;

  BodyVerdict judge_body(const HttpRequest& head, std::size_t size) override {
    told_of = head.method + " " + std::to_string(size) + " " + head.peer.info.address + " " + head.body;
    BodyVerdict out;
    if (lets_in)
      out.seat = std::make_shared<int>();
    else
      out.refusal = HttpResponse(403, "text/plain", "not you");
    seat = out.seat;
    return out;
  }
  Task<HttpResponse> handle(HttpRequest request) override {
    was_held = !seat.expired();
    co_return HttpResponse(200, "text/plain", request.body);
  }
};

struct Served {
  std::string written;
  std::vector<std::size_t> rooms;  // of each read
};

// Says how much would be read at once.
class Measured : public ScriptedStream {
 public:
  using ScriptedStream::ScriptedStream;
  std::vector<std::size_t> rooms;

  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override {
    rooms.push_back(into.size());
    return ScriptedStream::read_some(into);
  }
};

Served serve(HttpHandler& handler, std::deque<std::string> script) {
  Simulator sim(1);
  Measured stream(std::move(script));
  HttpServer server(handler);
  PeerInfo peer;
  peer.address = "192.0.2.7";
  sim.run(server.serve(stream, peer));
  return {stream.written, stream.rooms};
}

std::string post(std::size_t size, const std::string& fields = {}) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

TEST(HttpBody, is_not_read_of_whom_its_head_refuses) {
  for (const char* fields : {"", "Expect: 100-continue\r\n"}) {
    Judge judge;
    judge.lets_in = false;
    const Served got = serve(judge, {post(5, fields)});
    EXPECT_EQ(judge.told_of, "POST 5 192.0.2.7 ");
    EXPECT_TRUE(got.written.starts_with("HTTP/1.1 403 ")) << got.written;
    EXPECT_NE(got.written.find("Connection: close"), std::string::npos);
  }
}

TEST(HttpBody, is_no_request_where_it_was_refused) {
  Judge judge;
  judge.lets_in = false;
  const std::string smuggled = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const Served got = serve(judge, {post(smuggled.size()) + smuggled});
  EXPECT_EQ(got.written.find("200 OK"), std::string::npos);
}

TEST(HttpBody, has_its_seat_until_it_is_answered) {
  Judge judge;
  EXPECT_TRUE(serve(judge, {post(5), "hello"}).written.ends_with("hello"));
  EXPECT_TRUE(judge.was_held);
  EXPECT_TRUE(judge.seat.expired());
  judge.told_of.clear();
  serve(judge, {"GET / HTTP/1.1\r\nHost: x\r\n\r\n"});
  EXPECT_EQ(judge.told_of, "") << "there is none to judge";
}

// Thousands of leaves are silent most of the time.
TEST(HttpBody, leaves_no_room_behind_while_the_peer_is_silent) {
  Judge judge;
  const Served got =
      serve(judge, {post(5) + "hello", post(12'000) + std::string(12'000, 'b'), post(2) + "ok"});
  EXPECT_EQ(got.rooms, (std::vector<std::size_t>{1024, 1024, 16'384, 1024, 1024, 16'384}));
}

}  // namespace
}  // namespace leafgate::net::http_body_test

#include "adapters/service/deny_fetch.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/wire/deny_list.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_deny_operator.hpp"
#include "tests/fakes/scripted_peers.hpp"
#include "tests/fakes/seeded_random.hpp"

namespace leafgate::service::deny_fetch_test {
namespace {

std::string answer(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

struct DenyFetchTest : testing::Test {
  Simulator sim{1};
  ScriptedPeers peers;
  SeededRandom random;
  FakeDenyOperator desk;
  std::string trouble = "not asked yet";
  net::HttpClientLimits limits = [] {
    net::HttpClientLimits out;
    out.idle_connections = 0;
    return out;
  }();
  net::HttpClient http{"lists.example", peers.connect(), limits};
  DenyFetch fetch{
      sim.executor(),
      {http, desk, random, sim.executor(), [this](std::string what) { trouble = std::move(what); }},
      "/deny.json?site=3",
      std::chrono::minutes(15)};
  const std::string list = wire::write_deny_list(R"({"idScope":"a","number":7,"entries":[]})",
                                                 DocumentAlgorithm::es256, Bytes(70, 1));

  ~DenyFetchTest() override {
    fetch.stop();
    sim.run_until_idle();
  }
  void start() { sim.spawn(fetch.run()); }
  [[nodiscard]] std::string sent() const { return peers.made.back()->written; }
};

TEST_F(DenyFetchTest, fetches_within_half_a_minute_and_again_with_the_tag) {
  peers.script({answer("200 OK", list, "ETag: \"v7\"\r\n")});
  peers.script({answer("304 Not Modified", "")});
  start();
  sim.run_for(std::chrono::seconds(31));
  ASSERT_EQ(desk.changes, std::vector<std::string>{"import 7"});
  EXPECT_EQ(desk.who.user, "deny.url");
  EXPECT_EQ(desk.who.uid, static_cast<std::int64_t>(::getuid()));
  EXPECT_EQ(trouble, "");
  EXPECT_TRUE(sent().starts_with("GET /deny.json?site=3 HTTP/1.1\r\nHost: lists.example\r\n")) << sent();
  EXPECT_EQ(sent().find("If-None-Match"), std::string::npos);
  sim.run_for(std::chrono::minutes(17));
  EXPECT_EQ(peers.made.size(), 2U);
  EXPECT_NE(sent().find("If-None-Match: \"v7\"\r\n"), std::string::npos) << sent();
  EXPECT_EQ(desk.changes.size(), 1U);
  EXPECT_EQ(trouble, "");
}

TEST_F(DenyFetchTest, tells_trouble_and_goes_on) {
  peers.script({answer("302 Found", "", "Location: https://elsewhere.example/\r\n")});
  peers.script({answer("200 OK", "<html>")});
  peers.script({answer("200 OK", std::string(200 * 1024, ' '))});
  peers.script({answer("200 OK", list, "ETag: \"v7\"\r\n")});
  peers.script({answer("200 OK", list)});
  start();
  sim.run_for(std::chrono::seconds(31));
  EXPECT_EQ(trouble, "the server of deny.url answers 302");
  sim.run_for(std::chrono::minutes(16));
  EXPECT_TRUE(trouble.starts_with("what deny.url gives is no deny list")) << trouble;
  sim.run_for(std::chrono::minutes(15));
  EXPECT_FALSE(trouble.empty()) << "too large";
  EXPECT_TRUE(desk.changes.empty());
  desk.fail.fail_call(1, Error(Errc::refused, "not signed by deny.signer"));
  sim.run_for(std::chrono::minutes(15));
  EXPECT_EQ(trouble, "not signed by deny.signer");
  sim.run_for(std::chrono::minutes(15));
  EXPECT_EQ(sent().find("If-None-Match"), std::string::npos) << "what was refused is asked for again";
  EXPECT_EQ(trouble, "");
}

}  // namespace
}  // namespace leafgate::service::deny_fetch_test

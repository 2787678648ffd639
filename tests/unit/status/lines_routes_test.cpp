#include <gmock/gmock.h>

#include "adapters/status/reply.hpp"
#include "gateway/crypto/digest.hpp"
#include "tests/fakes/fake_line_operator.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::lines_routes_test {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;
using testing::HasSubstr;

struct LinesRoutesTest : RoutesTest {
  FakeLineOperator lines;
  Routes with_lines{{desk, metrics, sim.executor(), nullptr, {}, nullptr, nullptr, &lines}, gid_t{700}};

  HttpResponse ask(HttpRequest asked) { return sim.run(with_lines.handle(std::move(asked))); }
  HttpResponse post(const std::string& target) { return ask(request("POST", target)); }
  Json told(const std::string& target) {
    const HttpResponse got = ask(request("GET", target));
    EXPECT_EQ(got.status, 200) << got.body;
    return Json::parse(got.body);
  }
  BrokerFacts& broker() {
    BrokerFacts& out = lines.lines.site_broker.emplace();
    out.uri = "mqtts://broker.site:8883";
    out.connected = true;
    out.protocol = 311;
    out.since = Millis(90'500);
    return out;
  }
  Explanation& leaf(const std::string& id) {
    Explanation& out = desk.leaves[id];
    out.device.registration_id = id;
    return out;
  }
  static AttemptNote from(const std::string& source, bool proved) {
    AttemptNote out;
    out.source = source;
    out.unverified = !proved;
    return out;
  }
};

TEST_F(LinesRoutesTest, tells_lines_their_leaves_and_the_pin) {
  LineFacts& line = lines.lines.add("line1");
  FakeLines::add_leaf(line, "press-01").retries = 3;
  FakeLines::add_leaf(line, "").last_good.reset();
  line.multidrop = true;
  line.frames_sent = 12;
  line.frames_bad = 2;
  lines.lines.add("line2").state = LineState::away;
  lines.lines.all[1].detail = "No such file or directory";
  const Json json = told("/v1/lines");
  ASSERT_EQ(json["lines"].size(), 2U);
  const Json first = json["lines"][0];
  EXPECT_EQ(first["name"], "line1");
  EXPECT_EQ(first["path"], "/dev/serial/by-id/usb-line1");
  EXPECT_EQ(first["baud"], 9600);
  EXPECT_EQ(first["multidrop"], true);
  EXPECT_EQ(first["state"], "working");
  EXPECT_EQ(first["framesSent"], 12);
  EXPECT_EQ(first["framesBad"], 2);
  EXPECT_EQ(first["leaves"][0]["address"], 1);
  EXPECT_EQ(first["leaves"][0]["uid"], "0011223344556611");
  EXPECT_EQ(first["leaves"][0]["registrationId"], "press-01");
  EXPECT_EQ(first["leaves"][0]["mtu"], 240);
  EXPECT_EQ(first["leaves"][0]["lastGoodSeconds"], 2);
  EXPECT_EQ(first["leaves"][0]["retries"], 3);
  EXPECT_FALSE(first["leaves"][1].contains("registrationId")) << "it has not said who it is";
  EXPECT_FALSE(first["leaves"][1].contains("lastGoodSeconds"));
  EXPECT_EQ(json["lines"][1]["state"], "away");
  EXPECT_EQ(json["lines"][1]["detail"], "No such file or directory");
  EXPECT_FALSE(json.contains("broker"));
  EXPECT_EQ(json["pin"], crypto::hex(crypto::sha256(Bytes(64, 0x07))));
}

TEST_F(LinesRoutesTest, tells_how_the_broker_is) {
  BrokerFacts& facts = broker();
  facts.messages_dropped = 4;
  facts.other_gateway = true;
  Json json = told("/v1/lines")["broker"];
  EXPECT_EQ(json["uri"], "mqtts://broker.site:8883");
  EXPECT_EQ(json["connected"], true);
  EXPECT_EQ(json["protocol"], "3.1.1");
  EXPECT_EQ(json["sinceSeconds"], 90);
  EXPECT_EQ(json["messagesDropped"], 4);
  EXPECT_EQ(json["otherGateway"], true);
  facts.protocol = 0;
  facts.detail = "connection refused";
  json = told("/v1/lines")["broker"];
  EXPECT_FALSE(json.contains("protocol")) << "it was never connected";
  EXPECT_EQ(json["detail"], "connection refused");
}

TEST_F(LinesRoutesTest, gives_the_key_whose_hash_is_the_pin) {
  // The generator of P-256 (SEC 2, section 2.4.2): a point that p256_pem can write.
  lines.key = {0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63,
               0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
               0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f,
               0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57,
               0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
  const Json json = told("/v1/lines/identity");
  EXPECT_EQ(json["publicKey"], crypto::hex(lines.key));
  EXPECT_EQ(json["pin"], crypto::hex(crypto::sha256(lines.key)));
  EXPECT_THAT(json["pem"].get<std::string>(), HasSubstr("BEGIN PUBLIC KEY"));
}

TEST_F(LinesRoutesTest, while_secrets_are_locked_there_is_no_pin) {
  lines.lines.add("line1");
  lines.fail.fail_all(Error(Errc::throttled, "the store's secrets are locked"));
  EXPECT_FALSE(told("/v1/lines").contains("pin"));
  const HttpResponse got = ask(request("GET", "/v1/lines/identity"));
  EXPECT_EQ(got.status, http_status_of(Errc::throttled));
  EXPECT_THAT(got.body, HasSubstr("secrets are locked"));
}

TEST_F(LinesRoutesTest, releases_and_claims_by_name_also_by_that_of_a_device) {
  lines.lines.add("line1");
  lines.lines.add("/dev/ttyUSB0");
  HttpRequest asked = request("POST", "/v1/lines/%2Fdev%2FttyUSB0/release");
  asked.headers.add("X-Because", "firmware");
  const HttpResponse got = ask(asked);
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(Json::parse(got.body)["line"], "/dev/ttyUSB0");
  EXPECT_THAT(Json::parse(got.body)["done"].get<std::string>(), HasSubstr("closed and unlocked"));
  EXPECT_EQ(lines.lines.all[1].state, LineState::released);
  EXPECT_EQ(lines.who.uid, 0);
  EXPECT_EQ(lines.who.pid, 42);
  EXPECT_EQ(lines.who.because, "firmware");
  EXPECT_EQ(ask(asked).status, 409) << "released already";
  EXPECT_EQ(post("/v1/lines/%2Fdev%2FttyUSB0/claim").status, 200);
  EXPECT_EQ(lines.lines.all[1].state, LineState::working);
  EXPECT_EQ(post("/v1/lines/line1/claim").status, 409) << "not released";
  EXPECT_EQ(post("/v1/lines/line3/release").status, 404);
  EXPECT_EQ(post("/v1/lines/caf%ff/release").status, 404);
  EXPECT_EQ(post("/v1/lines//release").status, 404);
}

TEST_F(LinesRoutesTest, only_those_who_may_change_things_release_and_claim) {
  lines.lines.add("line1");
  for (const char* target : {"/v1/lines/line1/release", "/v1/lines/line1/claim"}) {
    HttpRequest asked = request("POST", target);
    net::PeerCredentials reader;
    reader.uid = 1000;
    reader.gid = 1000;
    asked.peer = net::HttpPeer(reader);
    EXPECT_EQ(ask(asked).status, 403) << target;
    asked = request("POST", target);
    asked.headers.add("Origin", "http://localhost");
    EXPECT_EQ(ask(asked).status, 403) << target;
    EXPECT_EQ(ask(request("GET", target)).status, 405) << target;
  }
  EXPECT_TRUE(lines.changes.empty());
  HttpRequest asked = request("POST", "/v1/lines/line1/release");
  net::PeerCredentials admin;
  admin.uid = 1000;
  admin.gid = 700;
  asked.peer = net::HttpPeer(admin);
  EXPECT_EQ(ask(asked).status, 200);
}

TEST_F(LinesRoutesTest, the_status_says_how_lines_and_broker_are) {
  EXPECT_FALSE(told("/v1/status").contains("lines")) << "a broker alone, or nothing yet";
  FakeLines::add_leaf(lines.lines.add("line1"), "press-01");
  lines.lines.add("line2").state = LineState::babbling;
  lines.lines.all[1].detail = "something talks unasked";
  broker();
  const Json json = told("/v1/status");
  EXPECT_EQ(json["lines"][0],
            Json::parse(R"({"name":"line1","state":"working","leaves":1,"lastGoodSeconds":2})"));
  EXPECT_EQ(json["lines"][1]["detail"], "something talks unasked");
  EXPECT_EQ(json["broker"]["connected"], true);
  EXPECT_FALSE(json["broker"].contains("messagesHeard")) << "counts are for /v1/lines";
}

TEST_F(LinesRoutesTest, explains_where_a_leaf_answers_and_whether_it_proved_itself_there) {
  FakeLines::add_leaf(lines.lines.add("line1"), "Press-01");
  FakeLines::add_leaf(lines.lines.add("line2"), "press-01");
  leaf("press-01").notes = {from("line1/1", true), from("line2/1", false)};
  const Json links = told("/v1/registrations/press-01")["links"];
  ASSERT_EQ(links.size(), 2U);
  EXPECT_EQ(links[0]["carrier"], "serial");
  EXPECT_EQ(links[0]["line"], "line1");
  EXPECT_EQ(links[0]["address"], 1);
  EXPECT_EQ(links[0]["there"], true);
  EXPECT_EQ(links[0]["proved"], true);
  EXPECT_EQ(links[0]["lastGoodSeconds"], 2);
  EXPECT_EQ(links[1]["line"], "line2");
  EXPECT_EQ(links[1]["proved"], false) << "whoever says so is not believed";
}

TEST_F(LinesRoutesTest, explains_where_a_leaf_was_that_is_not_there_now) {
  lines.lines.add("line1").state = LineState::away;
  Explanation& gone = leaf("press-01");
  gone.notes = {from("192.0.2.7", true), from("line1/17", true)};
  const Json links = told("/v1/registrations/press-01")["links"];
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0]["address"], 17);
  EXPECT_EQ(links[0]["there"], false);
  EXPECT_EQ(links[0]["state"], "away");
  for (const char* source : {"line1/", "line1/x", "line1/7/", "line2/7", "192.0.2.7"}) {
    gone.notes = {from("line1/17", true), from(source, true)};
    EXPECT_FALSE(told("/v1/registrations/press-01").contains("links")) << source;
  }
  gone.notes = {from("line1/17", false)};
  EXPECT_FALSE(told("/v1/registrations/press-01").contains("links")) << "nobody knows who that was";
}

TEST_F(LinesRoutesTest, explains_that_a_leaf_comes_by_the_broker) {
  broker().connected = false;
  lines.lines.site_broker->detail = "connection refused";
  leaf("press-01").notes = {from("broker/press-01", true)};
  const Json links = told("/v1/registrations/press-01")["links"];
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0]["carrier"], "broker");
  EXPECT_EQ(links[0]["proved"], true);
  EXPECT_EQ(links[0]["connected"], false);
  EXPECT_EQ(links[0]["detail"], "connection refused");
  leaf("press-01").notes.push_back(from("192.0.2.7", true));
  EXPECT_FALSE(told("/v1/registrations/press-01").contains("links")) << "it comes by IP now";
}

TEST_F(LinesRoutesTest, a_daemon_without_lines_and_broker_says_so) {
  EXPECT_EQ(get("/v1/lines").status, 404);
  EXPECT_THAT(get("/v1/lines/identity").body, HasSubstr("[[serial]]"));
  EXPECT_EQ(answer(request("POST", "/v1/lines/line1/release")).status, 404);
  EXPECT_FALSE(json("/v1/status").contains("lines"));
}

}  // namespace
}  // namespace leafgate::status::lines_routes_test

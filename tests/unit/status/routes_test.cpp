#include <gmock/gmock.h>
#include <unistd.h>

#include "gateway/net/http_client.hpp"
#include "gateway/net/unix_listener.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::routes_test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;
using testing::HasSubstr;

Explanation leaf(const std::string& id, RegistrationStatus status) {
  Explanation out;
  out.device.registration_id = id;
  out.device.status = status;
  out.device.reason = Reason::answered_from_cache;
  out.device.last_seen = WallTime(1'700'000'000'000ms);
  return out;
}

const std::string csv = "registrationId,primaryKey\nline-1,MDEyMzQ1Njc4OWFiY2RlZg==\n";

TEST_F(RoutesTest, tells_the_status) {
  desk.report.name = "gw12";
  desk.report.offline_ready = 7;
  desk.report.up_for = 90'500ms;
  desk.report.certificates_left.emplace_back("tls", 48h);
  DegradedMode mode;
  mode.reason = Reason::service_unreachable;
  mode.consequence = "known leaves are answered";
  desk.report.degraded.push_back(mode);
  const Json got = json("/v1/status");
  EXPECT_EQ(got["name"], "gw12");
  EXPECT_EQ(got["offline"]["wouldBeAnswered"], 7);
  EXPECT_EQ(got["upForSeconds"], 90);
  EXPECT_EQ(got["certificates"][0]["secondsLeft"], 48 * 3600);
  EXPECT_EQ(got["degraded"][0]["reason"]["code"], "service-unreachable");
  EXPECT_FALSE(got["degraded"][0].contains("since")) << "a time nobody knows is left out";
}

TEST_F(RoutesTest, lists_leaves_page_by_page) {
  desk.leaves.emplace("a-1", leaf("A-1", RegistrationStatus::assigned));
  desk.leaves.emplace("a-2", leaf("a-2", RegistrationStatus::assigning));
  desk.leaves.emplace("b-1", leaf("b-1", RegistrationStatus::assigned));
  const Json first = json("/v1/registrations?limit=2");
  EXPECT_EQ(first["registrations"][0]["registrationId"], "A-1");
  EXPECT_EQ(first["registrations"][0]["lastSeen"], "2023-11-14T22:13:20.0000000Z");
  EXPECT_EQ(first["next"], "a-2");
  const Json second = json("/v1/registrations?limit=2&after=a-2");
  EXPECT_EQ(second["registrations"].size(), 1U);
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(json("/v1/registrations?state=assigning&match=a-")["registrations"].size(), 1U);
  EXPECT_EQ(desk.asked.limit, 100U);
}

TEST_F(RoutesTest, explains_a_leaf) {
  Explanation told = leaf("line-1", RegistrationStatus::assigned);
  told.enrollment = "individual line-1";
  told.mechanism = Mechanism::symmetric_key;
  told.device.trust_left = 24h;
  told.assignment.emplace();
  told.assignment->assigned_hub = "hub.example";
  told.assignment->state = R"({"payload":{"secret":1}})";
  AttemptNote note;
  note.reason = Reason::wrong_key;
  note.client = "caf\xff\x1b[31m";
  told.notes.push_back(note);
  desk.leaves.emplace("line-1", told);
  const HttpResponse raw = get("/v1/registrations/LINE-1");
  EXPECT_THAT(raw.body, testing::Not(HasSubstr("secret")));
  EXPECT_EQ(raw.body.find('\x1b'), std::string::npos);
  const Json got = Json::parse(raw.body);
  EXPECT_EQ(got["mechanism"], "symmetricKey");
  EXPECT_EQ(got["trustLeftSeconds"], 86'400);
  EXPECT_EQ(got["assignment"]["assignedHub"], "hub.example");
  EXPECT_EQ(got["attempts"][0]["reason"]["code"], "wrong-key");
  EXPECT_THAT(got["attempts"][0]["reason"]["nextAction"].get<std::string>(), HasSubstr("compare the key"));
}

TEST_F(RoutesTest, explains_whether_a_leaf_came_by_toward_its_hub) {
  Explanation& told =
      desk.leaves.emplace("line-1", leaf("line-1", RegistrationStatus::assigned)).first->second;
  EXPECT_FALSE(json("/v1/registrations/line-1").contains("hubSeenAt"));
  told.hub_seen = WallTime(std::chrono::hours(24));
  EXPECT_EQ(json("/v1/registrations/line-1")["hubSeenAt"], "1970-01-02T00:00:00.0000000Z");
  told.hub_seen.reset();
  told.toward_hub = Reason::never_seen_toward_its_hub;
  const Json toward = json("/v1/registrations/line-1")["towardHub"];
  EXPECT_EQ(toward["code"], "never-seen-toward-its-hub");
  EXPECT_THAT(toward["nextAction"].get<std::string>(), HasSubstr("leafgatectl names"));
}

TEST_F(RoutesTest, explains_a_stranger_by_address) {
  desk.strangers_seen["fe80::1"].address = "fe80::1";
  desk.strangers_seen["fe80::1"].events = 3;
  EXPECT_EQ(json("/v1/strangers/fe80%3A%3A1")["events"], 3);
  EXPECT_EQ(get("/v1/strangers/192.0.2.1").status, 404);
}

TEST_F(RoutesTest, imports_an_enrollment_file_whole) {
  HttpRequest asked = import(csv);
  asked.headers.add("X-Because", "new line\x1b");
  const HttpResponse got = answer(std::move(asked));
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(Json::parse(got.body)["imported"], 1);
  ASSERT_EQ(desk.imported.size(), 1U);
  EXPECT_EQ(desk.imported[0].enrollment.id, "line-1");
  EXPECT_EQ(desk.imported[0].primary_key, "MDEyMzQ1Njc4OWFiY2RlZg==");
  EXPECT_EQ(desk.who.uid, 0);
  EXPECT_EQ(desk.who.pid, 42);
  EXPECT_EQ(desk.who.user, "root");
  EXPECT_EQ(desk.who.because, "new line\x1b") << "kept as said; escaped where it is shown";
}

TEST_F(RoutesTest, imports_of_a_file_of_certificates_nothing_else) {
  EXPECT_EQ(answer(import(pem_of(CertificateMaker("pump-07").make()), "application/x-pem-file")).status, 200);
  ASSERT_EQ(desk.imported.size(), 1U);
  EXPECT_TRUE(desk.imported[0].certificates_alone);
  EXPECT_EQ(answer(import(csv)).status, 200);
  EXPECT_FALSE(desk.imported.at(0).certificates_alone);
}

TEST_F(RoutesTest, imports_a_ca_as_the_one_that_is_named_and_tells_what_came_of_it) {
  const std::string ca = pem_of(CertificateMaker("Line CA").ca().make());
  HttpRequest asked = import(ca, "application/x-pem-file");
  asked.target += "?group=line-a&ca=ca-2";
  desk.import_notes = {"group line-a: not trusted any more: \"x\""};
  const HttpResponse got = answer(std::move(asked));
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(desk.imported.at(0).ca, "ca-2");
  EXPECT_EQ(Json::parse(got.body)["notes"][0], desk.import_notes[0]);
  HttpRequest of_no_group = import(ca, "application/x-pem-file");
  of_no_group.target += "?ca=ca-2";
  EXPECT_EQ(answer(std::move(of_no_group)).status, 400);
}

TEST_F(RoutesTest, imports_nothing_of_a_file_with_mistakes) {
  const HttpResponse got =
      answer(import("registrationId,primaryKey\nok,MDEyMzQ1Njc4OWFiY2RlZg==\n-bad-,x\n"));
  EXPECT_EQ(got.status, 422);
  const Json error = Json::parse(got.body)["error"];
  EXPECT_THAT(error["text"].get<std::string>(), HasSubstr("nothing was imported"));
  EXPECT_GE(error["mistakes"].size(), 1U);
  EXPECT_TRUE(desk.imported.empty());
}

TEST_F(RoutesTest, takes_no_other_content_type) {
  for (const char* type : {"application/x-www-form-urlencoded", "text/plain", "multipart/form-data"})
    EXPECT_EQ(answer(import(csv, type)).status, 415) << type;
  EXPECT_EQ(answer(import("[]", "application/json; charset=utf-8")).status, 422);
}

TEST_F(RoutesTest, lists_enrollments_groups_first) {
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "zone";
  group.primary_key = SealedKey{"sealed-octets"};
  group.gateway_host_name = "gw.site";
  Enrollment one;
  one.id = "a";
  Enrollment two;
  two.id = "b";
  two.bridge = true;
  desk.enrolled = {one, two, group};
  const HttpResponse raw = get("/v1/enrollments?limit=2");
  EXPECT_THAT(raw.body, testing::Not(HasSubstr("sealed-octets")));
  const Json got = Json::parse(raw.body);
  EXPECT_EQ(got["enrollments"][0]["id"], "zone");
  EXPECT_EQ(got["enrollments"][0]["keyHeld"], true);
  EXPECT_EQ(got["enrollments"][0]["gatewayHostName"], "gw.site");
  EXPECT_FALSE(got["enrollments"][1].contains("gatewayHostName"));
  EXPECT_EQ(got["enrollments"][1]["id"], "a");
  EXPECT_EQ(got["next"], "a");
  EXPECT_FALSE(got["enrollments"][0].contains("bridge"));
  EXPECT_EQ(json("/v1/enrollments?after=a")["enrollments"][0]["bridge"], true);
  EXPECT_EQ(json("/v1/enrollments?kind=group")["enrollments"].size(), 1U);
  EXPECT_EQ(json("/v1/enrollments?after=a")["enrollments"].size(), 1U);
}

TEST_F(RoutesTest, gives_metrics_with_what_the_status_knows) {
  metrics.counter("leafgate_answers", "answers given").add(3);
  desk.report.offline_ready = 5;
  desk.report.counted_ago = std::chrono::minutes(2);
  const HttpResponse got = get("/metrics");
  EXPECT_THAT(*got.headers.find("Content-Type"), HasSubstr("application/openmetrics-text"));
  EXPECT_THAT(got.body, HasSubstr("leafgate_answers_total 3"));
  EXPECT_THAT(got.body, HasSubstr("leafgate_offline_ready 5"));
  EXPECT_THAT(got.body, HasSubstr("leafgate_leaves_counted_age_seconds 120"));
  EXPECT_TRUE(got.body.ends_with("# EOF\n"));
}

TEST_F(RoutesTest, refuses_what_it_does_not_know) {
  struct Row {
    const char* method;
    const char* target;
    int status;
  };
  for (const Row& row : std::initializer_list<Row>{{"GET", "/v2", 404},
                                                   {"GET", "/v1", 404},
                                                   {"GET", "/v1/nothing", 404},
                                                   {"GET", "/v1/registrations/a/b", 404},
                                                   {"GET", "/v1/registrations/nobody", 404},
                                                   {"GET", "/v1/registrations/-no-", 400},
                                                   {"GET", "/v1/registrations/%00", 400},
                                                   {"GET", "/v1/registrations/%zz", 400},
                                                   {"GET", "/v1/registrations?limit=0", 400},
                                                   {"GET", "/v1/registrations?limit=1001", 400},
                                                   {"GET", "/v1/registrations?limit=ten", 400},
                                                   {"GET", "/v1/registrations?state=lost", 400},
                                                   {"GET", "/v1/registrations?sate=assigned", 400},
                                                   {"GET", "/v1/registrations?state|match=x", 400},
                                                   {"GET", "/v1/enrollments?kind=ca", 400},
                                                   {"GET", "/v1/registrations?expiring=soon", 400},
                                                   {"GET", "/v1/audit?since=monday", 400},
                                                   {"GET", "/v1/audit?after=x", 400},
                                                   {"GET", "/v1/queue?limit=0", 400},
                                                   {"GET", "/v1/strangers?limit=1", 400},
                                                   {"DELETE", "/v1/enrollments/a?kind=ca", 400},
                                                   {"DELETE", "/v1/registrations", 405},
                                                   {"POST", "/v1/queue/a", 405},
                                                   {"POST", "/v1/status", 405},
                                                   {"TRACE", "/v1/status", 405}}) {
    const HttpResponse got = answer(request(row.method, row.target));
    EXPECT_EQ(got.status, row.status) << row.method << " " << row.target << got.body;
    EXPECT_FALSE(Json::parse(got.body)["error"]["text"].get<std::string>().empty()) << row.target;
  }
}

TEST_F(RoutesTest, passes_errors_on_with_their_text) {
  desk.fail.fail_all(Error(Errc::store_full, "no room on the disk"));
  const HttpResponse got = answer(import(csv));
  EXPECT_EQ(got.status, 507);
  EXPECT_EQ(Json::parse(got.body)["error"]["text"], "no room on the disk");
}

TEST_F(RoutesTest, answers_only_to_its_own_names) {
  struct Row {
    const char* host;
    bool known;
  };
  for (const Row& row : std::initializer_list<Row>{{"gateway", true},
                                                   {"Gateway:80", true},
                                                   {"localhost:8080", true},
                                                   {"127.0.0.1", true},
                                                   {"127.1.2.3:9", true},
                                                   {"[::1]:8080", true},
                                                   {"evil.example", false},
                                                   {"127.0.0.1.evil.example", false},
                                                   {"127.evil.example", false},
                                                   {"gateway.evil.example", false},
                                                   {"192.0.2.1", false},
                                                   {"[::2]", false},
                                                   {"", false}}) {
    HttpRequest asked("GET", "/v1/status");
    asked.headers.add("Host", row.host);
    EXPECT_EQ(answer(std::move(asked)).status, row.known ? 200 : 421) << row.host;
  }
}

TEST_F(RoutesTest, lets_only_root_and_the_admin_group_change_things) {
  net::PeerCredentials who;
  who.uid = 1000;
  who.gid = 1000;
  who.groups = {4, 24};
  HttpRequest asked = import(csv);
  asked.peer = net::HttpPeer(who);
  EXPECT_EQ(answer(asked).status, 403);
  who.groups = {4, 700};
  asked.peer = net::HttpPeer(who);
  EXPECT_EQ(answer(asked).status, 200);
  who.groups.clear();
  who.gid = 700;
  asked.peer = net::HttpPeer(who);
  EXPECT_EQ(answer(asked).status, 200);
  asked.peer = net::HttpPeer(net::PeerInfo());
  EXPECT_EQ(answer(asked).status, 403) << "over TCP nobody is known";

  HttpRequest page = import(csv);
  page.headers.add("Origin", "http://localhost:8080");
  EXPECT_EQ(answer(page).status, 403) << "also for root";
  HttpRequest reading = request("GET", "/v1/status");
  reading.headers.add("Origin", "http://localhost:8080");
  EXPECT_EQ(answer(reading).status, 200);
}

TEST_F(RoutesTest, answers_over_the_socket) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/s";
  net::HttpServer server(routes);
  auto serve = [&server](net::PlainSocket& socket, net::PeerCredentials who) -> Task<void> {
    return server.serve_peer(socket, net::HttpPeer(std::move(who)));
  };
  net::UnixListener listener(sim.executor(), *net::listen_unix(path), serve);
  sim.spawn(listener.run());
  net::HttpConnect connect = [&](TimePoint) -> Task<Result<std::unique_ptr<net::Stream>>> {
    auto socket = net::connect_unix(sim.executor(), path);
    if (!socket) co_return socket.error();
    std::unique_ptr<net::Stream> stream = std::move(*socket);
    co_return stream;
  };
  {
    net::HttpClient client("gateway", connect);
    auto got = sim.run(client.send(HttpRequest("GET", "/v1/status"), TimePoint::max()));
    ASSERT_TRUE(got.has_value()) << got.error().detail;
    EXPECT_EQ(got->status, 200);
    HttpRequest post = import(csv);
    post.headers = {};
    post.headers.add("Content-Type", "text/csv");
    got = sim.run(client.send(std::move(post), TimePoint::max()));
    EXPECT_EQ(got->status, geteuid() == 0 ? 200 : 403);
  }
  listener.stop();
  sim.run_until_idle();
}

}  // namespace
}  // namespace leafgate::status::routes_test

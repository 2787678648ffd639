#include "gateway/flows/self_check.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/desk_site.hpp"

namespace leafgate::self_check_test {
namespace {

using testing::HasSubstr;

// Doors that ask the real Admission, as endpoints do.
class DoorsOfTheSite : public ListenerVisitor {
 public:
  explicit DoorsOfTheSite(DeskSite& site) : site_(site) {}
  std::vector<SyntheticLeaf> leaves;
  std::vector<VisitedListener> visited;
  std::optional<Error> trouble;
  bool is_another = false;  // somebody else listens there, and answers
  std::function<void()> on_visit = [] {};
  bool stopped = false;

  void stop() override { stopped = true; }

  Task<Result<ListenerVisit>> visit(VisitedListener where, SyntheticLeaf leaf) override {
    visited.push_back(std::move(where));
    on_visit();
    leaves.push_back(leaf);
    if (trouble) co_return *trouble;
    ListenerVisit out;
    out.answered = "assigned";
    if (is_another) co_return out;
    Attempt attempt = site_.attempt(leaf.registration_id, leaf.token);
    const Answer answer = co_await site_.running->admission.admit(std::move(attempt));
    if (answer.status != 200) co_return Error(Errc::refused, std::to_string(answer.status));
    co_return out;
  }

 private:
  DeskSite& site_;
};

class ServiceAsTold : public ServiceVisitor {
 public:
  Result<ServiceVisit> told{good()};
  Result<void> api{Error(Errc::not_found, "none")};
  static ServiceVisit good() {
    ServiceVisit out;
    out.addresses = {"198.51.100.4"};
    out.is_dps = true;
    return out;
  }
  Task<Result<ServiceVisit>> visit() override { co_return told; }
  Task<Result<void>> try_api() override { co_return api; }
};

struct SelfCheckTest : testing::Test {
  DeskSite site;
  DoorsOfTheSite doors{site};
  ServiceAsTold service;
  std::vector<std::string> mistakes;
  std::vector<ShownCertificate> certificates{certificate()};
  std::optional<ShownCertificate> for_broker;
  Result<DiskFacts> disk{DiskFacts{1 << 30, 1 << 30, Millis(3)}};
  std::vector<std::string> listening{"mqtt 0.0.0.0:8883", "https [::]:443", "tunnel 0.0.0.0:5671"};

  static ShownCertificate certificate() {
    ShownCertificate out;
    out.file = "/etc/leafgate/tls.pem";
    out.names = {"gw.site.example"};
    out.left = std::chrono::hours(24 * 300);
    return out;
  }
  std::set<std::string> not_here;
  bool stops_at_first_visit = false;
  int unreached = 0;
  std::vector<Finding> check() {
    SelfCheck::Facts facts;
    facts.id_scope = Site::scope;
    facts.service = "service.example:443";
    facts.configuration = [this]() -> Task<std::vector<std::string>> { co_return mistakes; };
    facts.certificates = [this] { return certificates; };
    facts.broker_certificate = [this] { return for_broker; };
    facts.disk = [this]() -> Task<Result<DiskFacts>> { co_return disk; };
    facts.has_address = [this](const std::string& address) { return !not_here.contains(address); };
    facts.unreached = [this] { ++unreached; };
    Listening desk(site, listening);
    SelfCheck under_test(site.simulator.executor(),
                         {desk, nullptr, nullptr, doors, service, site.running->admission.synthetic_leaves(),
                          site.clock, site.random},
                         std::move(facts));
    if (stops_at_first_visit) doors.on_visit = [&under_test] { under_test.stop(); };
    auto found = site.simulator.run(under_test.check()).value();
    if (stops_at_first_visit) {
      EXPECT_EQ(site.simulator.run(under_test.check()).error().code, Errc::stopped);
    }
    return found;
  }
  static std::vector<Finding> of(const std::vector<Finding>& all, const std::string& check) {
    std::vector<Finding> out;
    for (const Finding& finding : all)
      if (finding.check == check) out.push_back(finding);
    return out;
  }

  // The desk, with doors in its report.
  struct Listening : Desk {
    Listening(DeskSite& site, std::vector<std::string> places)
        : Desk(site.simulator.executor(),
               DeskPorts{site.enrollments, site.registrations, monitor, site.running->ledger, site.trust,
                         site.clock, site.running->meter, site.running->forwarder, site.running->admission,
                         site.running->doors, site.audit_log, site.events},
               with(std::move(places))) {}
    static GatewayFacts with(std::vector<std::string> places) {
      GatewayFacts out;
      out.listening = std::move(places);
      return out;
    }
    struct Calm : StoreMonitor {
      [[nodiscard]] StoreHealth health() const override { return {}; }
    };
    Calm monitor;
  };
};

TEST_F(SelfCheckTest, of_a_good_site_every_door_is_tried_and_all_is_well) {
  const auto all = check();
  for (const Finding& finding : all) {
    if (finding.check == "secrets") continue;
    EXPECT_EQ(finding.health, Health::ok) << finding.check << ": " << finding.what;
  }
  ASSERT_EQ(doors.visited.size(), 3U)
      << "MQTT, HTTPS, and MQTT over WebSocket; what passes through is not ours";
  EXPECT_EQ(doors.visited[0].host, "127.0.0.1");
  EXPECT_EQ(doors.visited[1].host, "::1");
  EXPECT_EQ(doors.visited[2].wire, VisitedListener::Wire::mqtt_ws);
  EXPECT_EQ(doors.visited[0].server_name, "gw.site.example");
  EXPECT_EQ(of(all, "listener").size(), 3U);
  EXPECT_EQ(unreached, 0);
}

TEST_F(SelfCheckTest, tells_whoever_believes_in_the_service_that_it_was_not_reached) {
  service.told = Error(Errc::unreachable, "connection refused");
  (void)check();
  EXPECT_EQ(unreached, 1);
}

// Dialled, it would go out into the network, and end as "timed out: is the machine overloaded?".
TEST_F(SelfCheckTest, an_address_that_this_machine_does_not_have_is_told_once_and_not_dialled) {
  listening = {"mqtt 127.0.0.1:8883", "https 192.0.2.77:443", "https [2001:db8::77]:443",
               "tunnel 192.0.2.77:5671"};
  not_here = {"192.0.2.77", "2001:db8::77"};
  const auto found = of(check(), "listener");
  ASSERT_EQ(doors.visited.size(), 1U);
  EXPECT_EQ(doors.visited[0].host, "127.0.0.1");
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].what, "https at 192.0.2.77:443: no interface of this machine has this address");
  EXPECT_EQ(found[1].what, "https at [2001:db8::77]:443: no interface of this machine has this address");
  EXPECT_THAT(found[0].next, HasSubstr("correct https.listen"));
  EXPECT_THAT(found[2].next, HasSubstr("correct tunnel.listen"));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found[i].health, Health::fail);
  EXPECT_EQ(found[3].health, Health::ok);
}

TEST_F(SelfCheckTest, the_synthetic_leaf_leaves_no_trace) {
  (void)check();
  EXPECT_EQ(site.registrations.writes, 0);
  EXPECT_EQ(site.service.registered.size(), 0U);
  EXPECT_TRUE(site.running->admission.tally().attempts_by.empty());
  EXPECT_TRUE(site.running->doors.all().empty());
  EXPECT_EQ(site.status().registrations, 0U);
}

TEST_F(SelfCheckTest, each_run_has_a_leaf_of_its_own_and_it_is_forgotten_at_the_end) {
  (void)check();
  (void)check();
  EXPECT_NE(doors.leaves.front().registration_id, doors.leaves.back().registration_id);
  const SyntheticLeaf& last = doors.leaves.back();
  EXPECT_NE(site.admit(site.attempt(last.registration_id, last.token)).status, 200) << "a replay";
}

TEST_F(SelfCheckTest, who_knows_the_id_and_not_the_key_is_a_leaf_like_any_other) {
  SyntheticLeaves leaves;
  leaves.announce(DeskSite::id("leafgate-check-1"), Site::key("the key of this run"));
  const WallReading now = site.clock.now();
  EXPECT_FALSE(
      leaves.answer(site.attempt("leafgate-check-1", site.token("leafgate-check-1", "a guess")), now));
  EXPECT_FALSE(leaves.answer(
      site.attempt("leafgate-check-2", site.token("leafgate-check-2", "the key of this run")), now));
  Attempt bare = site.attempt("leafgate-check-1", "");
  bare.evidence = Evidence();
  EXPECT_FALSE(leaves.answer(bare, now));
  const Attempt good =
      site.attempt("leafgate-check-1", site.token("leafgate-check-1", "the key of this run"));
  ASSERT_TRUE(leaves.answer(good, now));
  EXPECT_EQ(leaves.answer(good, now)->reason, Reason::self_test);
  site.simulator.run_for(std::chrono::seconds(31));
  EXPECT_FALSE(leaves.answer(good, site.clock.now())) << "its time is over";
}

TEST_F(SelfCheckTest, the_certificate_for_the_broker_is_told_and_no_leaf_is_to_be_shown_it) {
  for_broker = certificate();
  for_broker->file = "/etc/leafgate/broker.pem";
  for_broker->left = std::chrono::hours(24 * 3);
  for_broker->ends_soon = true;
  const auto all = check();
  const auto found = of(all, "certificate");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].health, Health::warn);
  EXPECT_THAT(found[1].what, HasSubstr("/etc/leafgate/broker.pem: for the broker, 3 days left"));
  EXPECT_THAT(found[1].why, HasSubstr("the broker refuses"));
  EXPECT_EQ(of(all, "listener").size(), 3U);
  for_broker->left = Millis(-1);
  EXPECT_EQ(of(check(), "certificate")[1].health, Health::fail);
}

TEST_F(SelfCheckTest, another_program_that_answers_at_our_door_is_found) {
  doors.is_another = true;
  const auto found = of(check(), "listener");
  EXPECT_EQ(found.front().health, Health::fail);
  EXPECT_THAT(found.front().what, HasSubstr("another program"));
}

TEST_F(SelfCheckTest, by_a_wrong_clock_no_date_is_judged_and_nothing_else_is_blamed) {
  site.clock.quality = ClockQuality::unsynced;
  certificates[0].left = -std::chrono::hours(49);
  service.told = Error(Errc::untrusted, "certificate is not yet valid");
  const auto all = check();
  EXPECT_FALSE(doors.visited.at(0).dates_count);
  EXPECT_EQ(of(all, "certificate").at(0).health, Health::ok);
  EXPECT_EQ(of(all, "service-tls").at(0).health, Health::fail);
  EXPECT_THAT(of(all, "service-tls").at(0).next, HasSubstr("the clock first"));
  EXPECT_THAT(of(all, "service-tls").at(0).why, testing::Not(HasSubstr("inspecting")));
  site.clock.quality = ClockQuality::plausible;
  (void)check();
  EXPECT_TRUE(doors.visited.back().dates_count);
}

struct Broken {
  const char* what;
  void (*breaks)(SelfCheckTest& test);
  const char* check;
  Health health;
  const char* words;
};
class EachBrokenThing : public SelfCheckTest, public testing::WithParamInterface<Broken> {};

TEST_P(EachBrokenThing, is_found_and_says_what_to_do) {
  GetParam().breaks(*this);
  const auto found = of(check(), GetParam().check);
  ASSERT_FALSE(found.empty()) << GetParam().what;
  EXPECT_EQ(found.front().health, GetParam().health) << found.front().what;
  EXPECT_THAT(found.front().what + found.front().why, HasSubstr(GetParam().words));
  EXPECT_NE(found.front().next, "");
}

void service_fails(SelfCheckTest& test, Errc code, const char* detail) {
  test.service.told = Error(code, detail);
}

INSTANTIATE_TEST_SUITE_P(
    table, EachBrokenThing,
    testing::Values(
        Broken{"configuration", [](SelfCheckTest& broken) { broken.mistakes = {"leafgate.toml:3: no"}; },
               "configuration", Health::fail, "leafgate.toml:3"},
        Broken{"a certificate that ends soon",
               [](SelfCheckTest& broken) {
                 broken.certificates[0].left = std::chrono::hours(49);
                 broken.certificates[0].ends_soon = true;
               },
               "certificate", Health::warn, "2 days left"},
        Broken{"one that has ended",
               [](SelfCheckTest& broken) { broken.certificates[0].left = -std::chrono::hours(25); },
               "certificate", Health::fail, "ended 1 day ago"},
        Broken{"one without a name", [](SelfCheckTest& broken) { broken.certificates[0].names.clear(); },
               "certificate", Health::fail, "no name"},
        Broken{"none of its own",
               [](SelfCheckTest& broken) { broken.certificates[0].server_name = "x.example"; }, "certificate",
               Health::fail, "none to show"},
        Broken{"the clock", [](SelfCheckTest& broken) { broken.site.clock.quality = ClockQuality::unsynced; },
               "clock", Health::fail, "wrong"},
        Broken{"a disk that is nearly full", [](SelfCheckTest& broken) { broken.disk->free = 1 << 20; },
               "disk", Health::warn, "1 MiB free"},
        Broken{"a slow disk", [](SelfCheckTest& broken) { broken.disk->slowest_sync = Millis(900); }, "disk",
               Health::warn, "900 ms"},
        Broken{"a disk that fails",
               [](SelfCheckTest& broken) { broken.disk = Error(Errc::store_fault, "I/O error"); }, "disk",
               Health::fail, "I/O error"},
        Broken{
            "DNS to ourselves",
            [](SelfCheckTest& broken) { service_fails(broken, Errc::own_address, "is this gateway itself"); },
            "service-name", Health::fail, "leads to this gateway"},
        Broken{"an inspecting proxy",
               [](SelfCheckTest& broken) {
                 service_fails(broken, Errc::untrusted,
                               "shown was CN=service.example, issued by CN=Corp Inspection");
               },
               "service-tls", Health::fail, "issued by CN=Corp Inspection"},
        Broken{"a proxy", [](SelfCheckTest& broken) { service_fails(broken, Errc::proxy_failed, "407"); },
               "service-way", Health::fail, "proxy"},
        Broken{"a firewall",
               [](SelfCheckTest& broken) { service_fails(broken, Errc::timed_out, "no answer"); },
               "service-way", Health::fail, "firewall"},
        Broken{"a portal", [](SelfCheckTest& broken) { broken.service.told->is_dps = false; },
               "service-answer", Health::fail, "not DPS"},
        Broken{"a credential",
               [](SelfCheckTest& broken) { broken.service.api = Error(Errc::refused, "it answered 401"); },
               "service-api", Health::warn, "401"},
        Broken{"a credential that was lost",
               [](SelfCheckTest& broken) { broken.service.api = Error(Errc::malformed, "/api is empty"); },
               "service-api", Health::warn, "/api is empty"},
        Broken{"a door",
               [](SelfCheckTest& broken) {
                 broken.doors.trouble = Error(Errc::untrusted, "certificate expired");
               },
               "listener", Health::fail, "certificate expired"}));

TEST_F(SelfCheckTest, of_a_daemon_that_stops_no_further_door_is_tried) {
  stops_at_first_visit = true;
  (void)check();
  EXPECT_EQ(doors.visited.size(), 1U);
  EXPECT_TRUE(doors.stopped);
}

}  // namespace
}  // namespace leafgate::self_check_test

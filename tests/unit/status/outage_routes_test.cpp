#include <gmock/gmock.h>

#include "tests/fakes/fake_outage_operator.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::outage_routes_test {
namespace {

using Json = nlohmann::json;
using std::chrono::days;
using testing::HasSubstr;

struct OutageRoutesTest : RoutesTest {
  FakeOutageOperator outages;
  Routes following{[this] {
                     RoutesPorts ports{desk, metrics, sim.executor()};
                     ports.outages = &outages;
                     return ports;
                   }(),
                   gid_t{700}};
  net::HttpResponse ask(const std::string& method, const std::string& target) {
    return sim.run(following.handle(request(method, target)));
  }
  Json got(const std::string& target) {
    const net::HttpResponse answer = ask("GET", target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body);
  }
};

TEST_F(OutageRoutesTest, tells_what_would_come_of_an_outage) {
  outages.forecast.all = 4;
  outages.forecast.answered = 3;
  NotAnswered why;
  why.reason = Reason::beyond_trust_queued;
  why.count = 1;
  why.first = {"pump-7"};
  outages.forecast.not_answered.push_back(why);
  outages.forecast.timeline = {{Millis(0), 4}, {days(21), 3}};
  outages.forecast.next_id = "pump-7";
  outages.forecast.next_after = days(3);
  const Json told = got("/v1/what-if?for=21d&leaf=pump-7");
  EXPECT_EQ(outages.question.span, days(21));
  EXPECT_EQ(outages.question.leaf, "pump-7");
  EXPECT_EQ(told["forSeconds"], 21 * 86'400);
  EXPECT_EQ(told["leaves"], 4);
  EXPECT_EQ(told["answered"], 3);
  EXPECT_EQ(told["notAnswered"][0]["reason"]["code"], "beyond-trust-queued");
  EXPECT_EQ(told["notAnswered"][0]["reason"]["nextAction"], next_action(Reason::beyond_trust_queued, true))
      << "the uplink is there";
  EXPECT_EQ(told["notAnswered"][0]["first"][0], "pump-7");
  EXPECT_EQ(told["timeline"][1]["answered"], 3);
  EXPECT_EQ(told["nextToDropOut"]["afterSeconds"], 3 * 86'400);
}

TEST_F(OutageRoutesTest, tells_whether_the_uplink_is_down_already) {
  EXPECT_EQ(got("/v1/what-if")["uplink"]["up"], true);
  outages.link = {false, Reason::service_unreachable, WallTime(Seconds(1'796'000'000))};
  const Json told = got("/v1/what-if");
  EXPECT_EQ(told["uplink"]["up"], false);
  EXPECT_EQ(told["uplink"]["since"], "2026-11-30T00:53:20.0000000Z");
  EXPECT_EQ(told["uplink"]["reason"]["code"], "service-unreachable");
}

TEST_F(OutageRoutesTest, tells_which_certificates_end) {
  const WallTime end(Seconds(1'796'000'000));
  NotAnswered why;
  why.reason = Reason::leaf_certificate_expired;
  why.count = 2;
  why.first = {"x-1", "x-2"};
  why.ended = NotAnswered::Ended{WhoseEnd::authority, "group plant", end, end};
  outages.forecast.not_answered.push_back(why);
  outages.forecast.next_id = "x-1";
  outages.forecast.next_reason = Reason::leaf_certificate_expired;
  ProofEnd next;
  next.at = end;
  next.whose = WhoseEnd::enrolled;
  next.enrollment = "individual x-1";
  outages.forecast.next_ends = next;
  outages.forecast.end_unknown = 3;
  outages.forecast.end_unknown_first = {"x-7"};
  outages.forecast.gateway_ends = {{"gateway.pem", "", days(12)}};
  const Json told = got("/v1/what-if?for=21d");
  const Json ca = {{"whose", "authority"},
                   {"enrollment", "group plant"},
                   {"firstEndsAt", "2026-11-30T00:53:20.0000000Z"},
                   {"lastEndsAt", "2026-11-30T00:53:20.0000000Z"}};
  EXPECT_EQ(told["notAnswered"][0]["certificates"], ca);
  EXPECT_EQ(told["nextToDropOut"]["reason"]["code"], "leaf-certificate-expired");
  const Json own = {
      {"whose", "enrolled"}, {"enrollment", "individual x-1"}, {"endsAt", "2026-11-30T00:53:20.0000000Z"}};
  EXPECT_EQ(told["nextToDropOut"]["certificate"], own);
  EXPECT_EQ(told["endUnknown"]["count"], 3);
  EXPECT_EQ(told["endUnknown"]["first"][0], "x-7");
  EXPECT_EQ(told["gatewayCertificatesEnding"][0]["file"], "gateway.pem");
  EXPECT_EQ(told["gatewayCertificatesEnding"][0]["afterSeconds"], 12 * 86'400);
}

TEST_F(OutageRoutesTest, tells_who_is_turned_away_for_want_of_a_certificate) {
  EXPECT_FALSE(got("/v1/what-if").contains("turnedAway"));
  outages.forecast.turned_away = TurnedAway::all;
  EXPECT_EQ(got("/v1/what-if")["turnedAway"], "all");
  outages.forecast.turned_away = TurnedAway::others;
  EXPECT_EQ(got("/v1/what-if")["turnedAway"], "others");
}

TEST_F(OutageRoutesTest, refuses_spans_it_cannot_read) {
  for (const char* target : {"/v1/what-if?for=soon", "/v1/what-if?for=90000d", "/v1/what-if?until=21d"})
    EXPECT_EQ(ask("GET", target).status, 400) << target;
}

TEST_F(OutageRoutesTest, lists_outcomes_with_their_next_action_page_by_page) {
  outages.put("pump-1", PromiseState::queued, PromiseState::confirmed, Reason::assigned_by_service);
  Promise& moved =
      outages.put("pump-2", PromiseState::provisional, PromiseState::rehomed, Reason::assigned_elsewhere);
  moved.hub = "hub1.example";
  moved.device_id = "pump-2";
  moved.settled_hub = "hub2.example";
  moved.settled_device_id = "pump-2";
  outages.put("pump-3", PromiseState::queued, PromiseState::refused, Reason::enrollment_disabled);
  Outage outage;
  outage.id = 1;
  outage.begun = WallTime(Millis(1'799'990'000'000));
  outage.untimed = true;
  outage.powered_for = Millis(90'000);
  outage.made = {2, 1, 0};
  outage.came_to.at(static_cast<std::size_t>(PromiseState::confirmed)) = 1;
  outages.all_outages.push_back(outage);

  const Json first = got("/v1/outcomes?limit=2");
  EXPECT_EQ(first["counts"]["confirmed"], 1);
  EXPECT_EQ(first["counts"]["needs-the-leaf"], 0);
  EXPECT_EQ(first["outages"][0]["promised"]["queued"], 2);
  EXPECT_EQ(first["outages"][0]["cameTo"]["confirmed"], 1);
  EXPECT_FALSE(first["outages"][0].contains("ended"));
  EXPECT_EQ(first["outages"][0]["poweredSeconds"], 90);
  EXPECT_EQ(first["outages"][0]["datesReckoned"], true);
  EXPECT_EQ(first["outcomes"][1]["toldOrKnown"]["assignedHub"], "hub1.example");
  EXPECT_EQ(first["outcomes"][1]["settled"]["assignedHub"], "hub2.example");
  EXPECT_EQ(first["outcomes"][1]["told"], false);
  EXPECT_FALSE(first["outcomes"][0].contains("told")) << "there is nothing that it has to hear";
  EXPECT_EQ(first["next"], "pump-2");
  const Json second = got("/v1/outcomes?limit=2&after=pump-2");
  EXPECT_EQ(second["outcomes"][0]["state"]["nextAction"], row(Reason::enrollment_disabled).next_action);
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(got("/v1/outcomes?state=re-homed")["outcomes"].size(), 1U);
  EXPECT_THAT(ask("GET", "/v1/outcomes?state=lost").body, HasSubstr("needs-the-leaf"));
}

TEST_F(OutageRoutesTest, clears_what_is_settled_in_the_name_of_who_asks) {
  outages.put("pump-1", PromiseState::queued, PromiseState::confirmed, Reason::assigned_by_service);
  outages.put("pump-2", PromiseState::queued, PromiseState::queued, Reason::queued_offline);
  EXPECT_EQ(Json::parse(ask("DELETE", "/v1/outcomes").body)["cleared"], 1);
  ASSERT_EQ(outages.who.size(), 1U);
  EXPECT_EQ(outages.who.front().pid, 42);
  EXPECT_EQ(ask("DELETE", "/v1/outcomes?state=needs-the-leaf").status, 200);
  EXPECT_EQ(outages.cleared, PromiseState::needs_the_leaf);
}

TEST_F(OutageRoutesTest, explains_what_a_leaf_was_promised) {
  Explanation told;
  told.device.registration_id = "pump-1";
  desk.leaves.emplace("pump-1", told);
  outages.put("pump-1", PromiseState::needs_the_leaf, PromiseState::needs_the_leaf, Reason::needs_the_leaf);
  const Json explained = got("/v1/registrations/pump-1");
  EXPECT_EQ(explained["promise"]["state"]["code"], "needs-the-leaf");
  EXPECT_THAT(explained["promise"]["state"]["nextAction"].get<std::string>(), HasSubstr("power-cycle"));
}

TEST_F(OutageRoutesTest, says_whose_no_it_was_and_is_silent_about_it_once_that_is_over) {
  Explanation told;
  told.device.registration_id = "pump-1";
  told.device.status = RegistrationStatus::failed;
  desk.leaves.emplace("pump-1", told);
  Promise& promise =
      outages.put("pump-1", PromiseState::queued, PromiseState::refused, Reason::service_refused);
  const auto state = [this] { return got("/v1/registrations/pump-1")["promise"]["state"]; };
  EXPECT_THAT(state()["text"].get<std::string>(), HasSubstr("the service has refused it"));
  for (const Reason here : {Reason::denied, Reason::rejected_by_operator, Reason::enrollment_disabled,
                            Reason::enrollment_without_key, Reason::unknown_enrollment}) {
    promise.reason = here;
    EXPECT_THAT(state()["text"].get<std::string>(), HasSubstr("refused here"));
    EXPECT_EQ(state()["nextAction"], row(here).next_action);
  }
  desk.leaves.at("pump-1").device.status = RegistrationStatus::assigned;
  EXPECT_FALSE(state().contains("nextAction"));
}

TEST_F(OutageRoutesTest, is_not_there_where_no_outages_are_followed) {
  EXPECT_EQ(get("/v1/outcomes").status, 404);
  EXPECT_EQ(get("/v1/what-if").status, 404);
}

}  // namespace
}  // namespace leafgate::status::outage_routes_test

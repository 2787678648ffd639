// What forecasts learn of leaves with a TPM: how they came last, and what they need no clock for.
#include "gateway/flows/what_if.hpp"
#include "tests/unit/flows/deny_site.hpp"
#include "tests/unit/flows/tpm_site.hpp"

namespace leafgate::tpm_forecast_test {
namespace {

using std::chrono::hours;

struct TpmForecast : EnrolledTpmSite {
  Answer ask_by(const SoftwareTpm& with, const std::string& payload = {}) {
    Attempt a = attempt();
    a.request.tpm = with.keys();
    a.request.payload = payload;
    return site.admit(std::move(a));
  }
  // As Node does: nothing of it with the keys alone.
  Answer round_for(const std::string& payload) {
    const Answer challenge = ask();
    Attempt a = attempt(token_for(challenge));
    a.request.payload = payload;
    return site.admit(std::move(a));
  }
  const Ledger::CameAs* came_as() { return site.running->ledger.came_otherwise("press-7"); }
};

TEST_F(TpmForecast, one_that_asks_with_a_new_storage_root_key_will_come_again_so) {
  learn_and_go_offline();
  const SoftwareTpm before = tpm;
  tpm.clear();
  EXPECT_EQ(ask().reason, Reason::needs_service);
  ASSERT_NE(came_as(), nullptr);
  EXPECT_EQ(came_as()->tpm_storage, read_tpm_keys(tpm.keys())->storage.digest);
  EXPECT_FALSE(came_as()->request_digest) << "nobody knows what it asks for";
  tpm = before;
  EXPECT_EQ(provision().status, 200);
  EXPECT_EQ(came_as(), nullptr);
}

TEST_F(TpmForecast, one_that_asks_for_something_else_with_its_token_will_do_so_again) {
  learn_and_go_offline();
  EXPECT_EQ(round_for(R"({"model":2})").reason, Reason::needs_service);
  ASSERT_NE(came_as(), nullptr);
  RegistrationRequest asked;
  asked.payload = R"({"model":2})";
  EXPECT_EQ(came_as()->request_digest, digest_of(asked));
  site.simulator.run_for(hours(24));
  EXPECT_EQ(ask().reason, Reason::tpm_challenged);
  EXPECT_NE(came_as(), nullptr) << "its keys alone say nothing of what it asks for";
  EXPECT_EQ(provision().status, 200);
  EXPECT_EQ(came_as(), nullptr);
}

TEST_F(TpmForecast, nothing_is_learnt_from_who_is_not_it) {
  learn_and_go_offline();
  EXPECT_EQ(ask_by(SoftwareTpm()).reason, Reason::tpm_key_differs);
  EXPECT_EQ(came_as(), nullptr);
  EXPECT_EQ(ask_by(tpm, R"({"model":2})").reason, Reason::needs_service);
  ASSERT_NE(came_as(), nullptr);
  EXPECT_EQ(ask_by(SoftwareTpm()).reason, Reason::tpm_key_differs);
  EXPECT_EQ(bring(site.token(id, "some other key")).status, 401);
  EXPECT_NE(came_as(), nullptr);
}

// What its TPM signs with is as young as its challenge.
TEST_F(TpmForecast, a_leaf_with_a_tpm_is_answered_and_forecast_so_where_everybody_else_needs_the_time) {
  site.policy.untrusted_clock = UntrustedClockPolicy::refuse;
  site.restart();
  learn_and_go_offline();
  site.clock.quality = ClockQuality::unsynced;
  const Registration registration = site.registrations.records.at("press-7").registration;
  const auto forecast = without_uplink(registration, &site.enrollments.individuals.at("press-7"),
                                       site.running->meter.now(), site.clock.now(), site.policy);
  EXPECT_EQ(code(forecast.reason), code(Reason::answered_from_cache));
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
}

TEST_F(TpmSite, a_learnt_leaf_that_is_approved_is_answered_and_forecast_so_whatever_the_policy) {
  relay_unknown();
  ASSERT_EQ(provision().status, 200);
  for (const UnknownPolicy unknown : {UnknownPolicy::hold, UnknownPolicy::refuse}) {
    site.policy.unknown = unknown;
    site.restart();
    DenyDeskAt at(site);
    site.service.up = false;
    const Registration registration = site.registrations.records.at("press-7").registration;
    const auto forecast = [&](bool approved) {
      CameLast came;
      came.approved = approved;
      return without_uplink(registration, nullptr, site.running->meter.now(), site.clock.now(), site.policy,
                            Reason::none, came);
    };
    EXPECT_NE(provision().status, 200);
    EXPECT_FALSE(is_answered(forecast(false)));
    ASSERT_TRUE(at.approve("press-7"));
    EXPECT_EQ(provision().authentication_key, "hub-key-1");
    EXPECT_TRUE(is_answered(forecast(true)));
  }
}

}  // namespace
}  // namespace leafgate::tpm_forecast_test

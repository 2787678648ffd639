// What changes between the rounds of a leaf with a TPM, and within one: the leaf, the service, the gateway.
#include "tests/unit/flows/tpm_site.hpp"

namespace leafgate::tpm_changes_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

using TpmChangesTest = EnrolledTpmSite;

// A new owner: the endorsement key stays, and what is held for the old storage root key opens no more.
TEST_F(TpmChangesTest, after_a_new_owner_the_service_gives_the_key_anew) {
  ASSERT_EQ(provision().status, 200);
  tpm.clear();
  site.service.up = false;
  EXPECT_EQ(ask().reason, Reason::needs_service);
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(provision().authentication_key, "hub-key-2");
  site.service.up = false;
  EXPECT_EQ(provision().authentication_key, "hub-key-2");
}

TEST_F(TpmChangesTest, another_version_of_its_enrollment_is_the_services_to_judge) {
  ASSERT_EQ(provision().status, 200);
  enroll(tpm, id, true, "2");
  EXPECT_EQ(ask().reason, Reason::challenge_relayed);
}

TEST_F(TpmChangesTest, a_restart_between_challenge_and_token_makes_the_leaf_ask_anew) {
  std::string token = token_for(ask());
  site.restart();
  EXPECT_EQ(bring(token).reason, Reason::tpm_round_unknown);
  EXPECT_EQ(provision().status, 200);
  token = token_for(ask());
  site.restart();
  EXPECT_EQ(bring(token).reason, Reason::tpm_round_unknown);
  EXPECT_EQ(bring(token, false).reason, Reason::tpm_round_unknown);
  site.service.up = false;
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
}

TEST_F(TpmChangesTest, a_service_that_dies_between_challenge_and_token_is_waited_for) {
  const std::string token = token_for(ask());
  site.service.up = false;
  Answer answer = bring(token);
  EXPECT_EQ(answer.status, 202);  // not known to be away
  site.service.up = true;
  EXPECT_EQ(follow(answer, token).authentication_key, "hub-key-1");
}

TEST_F(TpmChangesTest, a_round_of_the_service_is_ended_by_nobody_else) {
  const std::string token = token_for(ask());
  ASSERT_EQ(follow(bring(token), token).status, 200);
  ASSERT_EQ(ask().reason, Reason::tpm_challenged);
  site.service.up = false;
  const Answer answer = bring(token);  // signed for the round that was the service's
  EXPECT_EQ(answer.status, 401);
  EXPECT_TRUE(answer.authentication_key.empty());
}

TEST_F(TpmChangesTest, with_secrets_locked_no_round_is_begun_that_could_not_end) {
  ASSERT_EQ(provision().status, 200);
  site.trust.fail.fail_all(Error(Errc::throttled, "locked"));
  EXPECT_EQ(ask().reason, Reason::challenge_relayed);
  site.service.up = false;
  EXPECT_EQ(ask().reason, Reason::needs_service);
  site.trust.fail.heal();
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
}

TEST_F(TpmChangesTest, secrets_locked_within_a_round_do_not_keep_it_from_its_end) {
  learn_and_go_offline();
  const std::string token = token_for(ask());
  site.trust.fail.fail_all(Error(Errc::throttled, "locked"));
  Answer answer = bring(token);
  ASSERT_EQ(answer.status, 202);
  answer = poll(token, *answer.operation);
  EXPECT_EQ(answer.status, 202);  // an assignment without its key would be none
  EXPECT_EQ(answer.reason, Reason::trust_pending);
  site.trust.fail.heal();
  EXPECT_EQ(poll(token, *answer.operation).authentication_key, "hub-key-1");
}

TEST_F(TpmChangesTest, what_cannot_be_sealed_or_stored_is_told_all_the_same) {
  site.trust.fail.fail_all(Error(Errc::throttled, "locked"));
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
  EXPECT_FALSE(stored()->tpm_key);
  EXPECT_EQ(stored()->credential, "");
  site.trust.fail.heal();
  site.registrations.fail.fail_all(Error(Errc::store_full, "full"));
  EXPECT_EQ(provision().authentication_key, "hub-key-2");
  site.registrations.fail.heal();
  site.restart();
  site.service.up = false;
  EXPECT_EQ(ask().reason, Reason::needs_service);
}

TEST_F(TpmChangesTest, the_third_knock_goes_to_the_service_and_the_next_does_not) {
  ASSERT_EQ(provision().status, 200);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(provision().authentication_key, "hub-key-1");
  EXPECT_EQ(provision().authentication_key, "hub-key-2");
  EXPECT_EQ(ask().reason, Reason::tpm_challenged);
}

TEST_F(TpmChangesTest, the_third_knock_is_answered_here_when_the_service_is_away) {
  learn_and_go_offline();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(provision().authentication_key, "hub-key-1");
}

// Node shows its payload with its token only.
TEST_F(TpmChangesTest, a_payload_that_changed_goes_to_the_service_by_the_next_round) {
  ASSERT_EQ(provision().status, 200);
  Attempt a = attempt(token_for(ask()));
  a.request.payload = R"({"model":2})";
  EXPECT_EQ(site.admit(std::move(a)).reason, Reason::needs_service);
  const Answer challenge = ask();
  EXPECT_EQ(challenge.reason, Reason::challenge_relayed);
  const std::string token = token_for(challenge);
  a = attempt(token);
  a.request.payload = R"({"model":2})";
  EXPECT_EQ(follow(site.admit(std::move(a)), token).authentication_key, "hub-key-2");
  site.service.up = false;
  a = attempt(token_for(ask()));
  a.request.payload = R"({"model":2})";
  EXPECT_EQ(site.admit(std::move(a)).status, 202);
}

TEST_F(TpmChangesTest, beyond_trust_the_policy_decides) {
  learn_and_go_offline();
  (void)ask();
  site.simulator.run_for(hours(24 * 31));
  EXPECT_EQ(ask().reason, Reason::needs_service);
  site.policy.beyond = BeyondPolicy::serve;
  site.running->admission.set_policy(site.policy);
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
}

TEST_F(TpmChangesTest, a_clock_that_nobody_trusts_does_not_matter_to_a_fresh_challenge) {
  learn_and_go_offline();
  site.clock.quality = ClockQuality::unsynced;
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
}

TEST_F(TpmChangesTest, what_the_service_disabled_is_withdrawn) {
  ASSERT_EQ(provision().status, 200);
  enroll(tpm, id, true, "2");
  site.service.ends["press-7"] = RegistrationStatus::disabled;
  EXPECT_EQ(provision().registration_status, RegistrationStatus::disabled);
  EXPECT_FALSE(stored());
  site.service.up = false;
  EXPECT_EQ(ask().status, 503);
}

TEST_F(TpmChangesTest, what_an_operator_forgets_is_no_longer_answered) {
  ASSERT_EQ(provision().status, 200);
  const std::string token = token_for(ask());
  ASSERT_TRUE(site.simulator.run(site.running->forwarder.forget(RegistrationId::parse(id).value())));
  EXPECT_EQ(bring(token).reason, Reason::needs_service);
  EXPECT_EQ(provision().authentication_key, "hub-key-2");
}

TEST_F(TpmChangesTest, the_notes_of_a_leaf_tell_its_rounds) {
  const auto last_told = [this] { return site.running->ledger.held("press-7")->notes.back().reason; };
  std::string token = token_for(ask());
  EXPECT_EQ(last_told(), Reason::challenge_relayed);
  (void)follow(bring(token), token);
  EXPECT_EQ(last_told(), Reason::assigned_by_service);
  token = token_for(ask());
  EXPECT_EQ(last_told(), Reason::tpm_challenged);
  (void)bring(token);
  EXPECT_EQ(last_told(), Reason::answered_from_cache);
}

// The service fails at each of its calls in turn: the leaf begins anew as often as it must, is never assigned
// without its key, and ends well.
TEST_F(TpmChangesTest, a_leaf_survives_each_step_of_the_service_failing) {
  for (int step = 1; step <= 6; ++step) {
    enroll(tpm, id, true, "v" + std::to_string(step));
    site.service.at_call.clear();
    site.service.at_call.emplace(site.service.calls + step, Error(Errc::unreachable, "cut"));
    Answer answer;
    for (int tries = 0; tries < 20 && answer.status != 200; ++tries) {
      answer = provision();
      EXPECT_TRUE(answer.status != 200 || !answer.authentication_key.empty()) << step;
      site.simulator.run_for(seconds(10));
    }
    EXPECT_EQ(answer.registration_status, RegistrationStatus::assigned) << step;
  }
}

}  // namespace
}  // namespace leafgate::tpm_changes_test

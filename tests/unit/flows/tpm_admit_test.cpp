// Leaves with a TPM whose endorsement key is enrolled here (semantics §2, §3).
#include "tests/unit/flows/tpm_site.hpp"

namespace leafgate::tpm_admit_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

using TpmAdmitTest = EnrolledTpmSite;

TEST_F(TpmAdmitTest, a_new_leaf_hears_the_challenge_of_the_service_and_its_end) {
  const Answer challenge = ask();
  EXPECT_EQ(challenge.status, 401);
  EXPECT_EQ(challenge.reason, Reason::challenge_relayed);
  EXPECT_EQ(challenge.message, "Authorization required, says the service");
  EXPECT_FALSE(challenge.proven);
  const std::string token = token_for(challenge);
  Answer answer = bring(token);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(site.service.last_token, token);
  answer = follow(answer, token);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(answer.authentication_key, "hub-key-1");
  EXPECT_TRUE(answer.proven);
}

TEST_F(TpmAdmitTest, what_the_service_gave_is_kept_with_its_key_sealed) {
  ASSERT_EQ(provision().status, 200);
  const auto kept = stored();
  ASSERT_TRUE(kept && kept->tpm_key);
  EXPECT_EQ(kept->state.find("hub-key"), std::string::npos);
  EXPECT_EQ(kept->credential, read_tpm_keys(tpm.keys())->endorsement.digest);
  EXPECT_EQ(kept->tpm_storage, read_tpm_keys(tpm.keys())->storage.digest);
  EXPECT_EQ(kept->enrollment_id, "individual press-7");
  EXPECT_EQ(kept->enrollment_etag, "1");
  EXPECT_EQ(as_text(site.trust.unseal(*kept->tpm_key, "registration press-7")->view()), "hub-key-1");
}

TEST_F(TpmAdmitTest, a_known_leaf_is_challenged_here_and_answered_without_the_service) {
  learn_and_go_offline();
  const Answer challenge = ask();
  EXPECT_EQ(challenge.status, 401);
  EXPECT_EQ(challenge.reason, Reason::tpm_challenged);
  EXPECT_EQ(challenge.message, "Authorization required, resend request using supplied key");
  const std::string token = token_for(challenge);
  Answer answer = bring(token);
  EXPECT_EQ(answer.status, 202);
  EXPECT_TRUE(answer.proven);
  answer = follow(answer, token);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.authentication_key, "hub-key-1");
  EXPECT_EQ(answer.state, stored()->state);
  EXPECT_EQ(site.service.calls, calls);
}

TEST_F(TpmAdmitTest, a_client_that_takes_the_end_at_once_gets_it_with_the_key) {
  learn_and_go_offline();
  Attempt a = attempt(token_for(ask()));
  a.direct = true;
  const Answer answer = site.admit(std::move(a));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.authentication_key, "hub-key-1");
}

TEST_F(TpmAdmitTest, a_known_leaf_costs_the_service_nothing_and_the_store_no_write) {
  ASSERT_EQ(provision().status, 200);
  calls = site.service.calls;
  const auto writes = site.registrations.writes;
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
  EXPECT_EQ(site.service.calls, calls);
  EXPECT_EQ(site.registrations.writes, writes);
}

// iot-identity-service shows its keys once.
TEST_F(TpmAdmitTest, the_second_request_may_leave_the_keys_out) {
  EXPECT_EQ(provision(false).authentication_key, "hub-key-1");
  EXPECT_EQ(site.service.requests.at("press-7").tpm, tpm.keys());
  site.service.up = false;
  EXPECT_EQ(provision(false).authentication_key, "hub-key-1");
}

TEST_F(TpmAdmitTest, a_token_opens_one_registration_and_its_polls_stay_good) {
  learn_and_go_offline();
  const std::string token = token_for(ask());
  const Answer answer = bring(token);
  ASSERT_EQ(answer.status, 202);
  const Answer again = bring(token);
  EXPECT_EQ(again.status, 401);
  EXPECT_EQ(again.reason, Reason::tpm_round_unknown);
  site.simulator.run_for(minutes(10));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(poll(token, *answer.operation).authentication_key, "hub-key-1");
}

TEST_F(TpmAdmitTest, only_the_address_that_was_challenged_may_bring_the_token) {
  learn_and_go_offline();
  Attempt a = attempt(token_for(ask()));
  a.source.address = "192.0.2.8";
  EXPECT_EQ(site.admit(std::move(a)).reason, Reason::tpm_round_unknown);
}

TEST_F(TpmAdmitTest, a_round_ends_after_five_minutes) {
  learn_and_go_offline();
  const std::string token = token_for(ask());
  site.simulator.run_for(minutes(5));
  EXPECT_EQ(bring(token).reason, Reason::tpm_round_unknown);
}

// Whoever knows its public keys may ask beside it, and gets nothing.
TEST_F(TpmAdmitTest, challenges_asked_for_by_others_do_not_put_a_round_out) {
  learn_and_go_offline();
  const std::string token = token_for(ask());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask().reason, Reason::tpm_challenged);
  EXPECT_EQ(bring(token).status, 202);
}

TEST_F(TpmAdmitTest, a_token_signed_with_another_key_is_refused) {
  learn_and_go_offline();
  (void)ask();
  const Answer answer = bring(site.token(id, "some other key"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.reason, Reason::tpm_proof_false);
  EXPECT_TRUE(answer.authentication_key.empty());
}

TEST_F(TpmAdmitTest, another_endorsement_key_is_not_challenged) {
  ASSERT_EQ(provision().status, 200);
  calls = site.service.calls;
  const SoftwareTpm other;
  Attempt a = attempt();
  a.request.tpm = other.keys();
  const Answer answer = site.admit(std::move(a));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.reason, Reason::tpm_key_differs);
  EXPECT_TRUE(answer.authentication_key.empty());
  EXPECT_EQ(site.service.calls, calls);
}

TEST_F(TpmAdmitTest, keys_that_cannot_be_those_of_a_tpm_are_refused) {
  for (const TpmKeys& keys : {TpmKeys{"AA==", ""}, TpmKeys{"no base64", "AA=="}, TpmKeys{"", "AA=="},
                              TpmKeys{tpm.keys().endorsement_key, ""}}) {
    Attempt a = attempt();
    a.request.tpm = keys;
    const Answer answer = site.admit(std::move(a));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.reason, Reason::tpm_keys_malformed);
  }
  EXPECT_EQ(site.service.calls, 0);
}

TEST_F(TpmAdmitTest, a_disabled_leaf_hears_so_by_its_poll_without_any_challenge) {
  enroll(tpm, id, false, "2");
  const Answer answer = ask();
  ASSERT_EQ(answer.status, 202);
  EXPECT_EQ(poll({}, *answer.operation).registration_status, RegistrationStatus::disabled);
  EXPECT_EQ(site.service.calls, 0);
}

TEST_F(TpmAdmitTest, a_new_leaf_is_not_challenged_while_the_service_is_away) {
  site.service.up = false;
  for (int i = 0; i < 2; ++i) {  // not known to be away, and known to be
    const Answer answer = ask();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.reason, Reason::needs_service);
    EXPECT_GT(answer.retry_after, Seconds(0));
    EXPECT_TRUE(answer.authentication_key.empty());
  }
}

TEST_F(TpmAdmitTest, nor_when_the_service_throttles_or_does_not_answer_in_time) {
  site.service.throttle_next = 1;
  EXPECT_EQ(ask().reason, Reason::needs_service);
  site.simulator.run_for(minutes(2));
  site.service.latency = seconds(8);
  const TimePoint before = site.simulator.now();
  EXPECT_EQ(ask().reason, Reason::needs_service);
  EXPECT_LE(site.simulator.now() - before, seconds(6));
}

TEST_F(TpmAdmitTest, a_service_that_refuses_without_a_challenge_is_heard) {
  site.service.refuse_status = 403;
  const Answer answer = ask();
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.reason, Reason::service_refused);
}

}  // namespace
}  // namespace leafgate::tpm_admit_test

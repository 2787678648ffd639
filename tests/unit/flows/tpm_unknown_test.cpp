// Leaves with a TPM that nothing is enrolled for here: the service decides, and what it ended well is learnt
// (semantics §3 row 10, §5).
#include "gateway/crypto/hmac.hpp"
#include "gateway/flows/what_if.hpp"
#include "tests/unit/flows/deny_site.hpp"
#include "tests/unit/flows/tpm_site.hpp"

namespace leafgate::tpm_unknown_test {
namespace {

using std::chrono::minutes;

// A group of symmetric keys that is held here.
void enroll_line(Site& site, std::vector<std::string> match = {}) {
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "line-a";
  group.mechanism = Mechanism::symmetric_key;
  group.enabled = true;
  group.etag = "1";
  group.match = std::move(match);
  group.primary_key = site.trust.seal(Site::key("key of the line"), reference(group)).value();
  site.enrollments.put(std::move(group));
  site.running->ledger.enrollments_changed();
}

TEST_F(TpmSite, an_unknown_leaf_is_refused_where_the_policy_says_so) {
  EXPECT_EQ(ask().reason, Reason::unknown_enrollment);
  EXPECT_EQ(ask().status, 401);
  EXPECT_EQ(site.service.calls, 0);
}

TEST_F(TpmSite, an_unknown_leaf_waits_for_approval_unchallenged) {
  site.policy.unknown = UnknownPolicy::hold;
  site.restart();
  const Answer answer = ask();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.reason, Reason::held_for_approval);
}

TEST_F(TpmSite, an_unknown_leaf_is_relayed_learnt_and_answered_offline) {
  relay_unknown();
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
  EXPECT_EQ(stored()->enrollment_id, "");
  EXPECT_EQ(stored()->credential, read_tpm_keys(tpm.keys())->endorsement.digest);
  site.service.up = false;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(provision(false).authentication_key, "hub-key-1");
    site.restart();
  }
}

TEST_F(TpmSite, a_learnt_leaf_is_forecast_as_answered) {
  relay_unknown();
  ASSERT_EQ(provision().status, 200);
  const Registration registration = site.registrations.records.at("press-7").registration;
  const auto forecast = [&](const Enrollment* individual, const Policy& policy) {
    return without_uplink(registration, individual, site.running->meter.now(), site.clock.now(), policy);
  };
  EXPECT_TRUE(is_answered(forecast(nullptr, site.policy)));
  Policy refuses = site.policy;
  refuses.unknown = UnknownPolicy::refuse;
  EXPECT_FALSE(is_answered(forecast(nullptr, refuses)));
  enroll(tpm);
  Enrollment enrolled = site.enrollments.individuals.at("press-7");
  EXPECT_TRUE(is_answered(forecast(&enrolled, refuses)));
  enrolled.endorsement_key = SoftwareTpm().keys().endorsement_key;
  EXPECT_EQ(forecast(&enrolled, refuses).reason, Reason::needs_service);
}

TEST_F(TpmSite, what_was_learnt_counts_no_more_where_the_policy_refuses) {
  relay_unknown();
  ASSERT_EQ(provision().status, 200);
  site.policy.unknown = UnknownPolicy::refuse;
  site.running->admission.set_policy(site.policy);
  EXPECT_EQ(ask().reason, Reason::unknown_enrollment);
}

TEST_F(TpmSite, what_was_learnt_is_known_still_when_its_key_is_enrolled) {
  relay_unknown();
  ASSERT_EQ(provision().status, 200);
  enroll(tpm);
  site.service.up = false;
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
}

TEST_F(TpmSite, another_tpm_under_a_learnt_id_is_the_services_to_judge) {
  relay_unknown();
  ASSERT_EQ(provision().status, 200);
  const SoftwareTpm other;
  Attempt a = attempt();
  a.request.tpm = other.keys();
  EXPECT_EQ(site.admit(Attempt(a)).reason, Reason::challenge_relayed);
  site.service.up = false;
  EXPECT_EQ(site.admit(std::move(a)).reason, Reason::needs_service);
  EXPECT_EQ(provision().authentication_key, "hub-key-1");
}

TEST_F(TpmSite, a_wrong_token_of_an_unknown_leaf_is_what_the_service_says_and_teaches_nothing) {
  relay_unknown();
  ASSERT_EQ(ask().status, 401);
  Answer answer = bring(site.token(id, "some other key"));
  for (int i = 0; i < 3 && answer.status == 202; ++i) {
    site.simulator.run_for(answer.retry_after);
    answer = poll(site.token(id, "some other key"), *answer.operation);
  }
  EXPECT_EQ(answer.status, 401);
  EXPECT_FALSE(stored());
}

TEST_F(TpmSite, an_endorsement_key_under_another_id_is_an_alarm_and_the_services_to_judge) {
  relay_unknown();
  enroll(tpm, "Press-8");
  EXPECT_EQ(ask().reason, Reason::challenge_relayed);
  const auto stranger = site.running->doors.of_address("192.0.2.7");
  ASSERT_TRUE(stranger);
  const auto alarm = std::find_if(stranger->notes.begin(), stranger->notes.end(), [](const AttemptNote& n) {
    return n.reason == Reason::tpm_key_of_another_id;
  });
  ASSERT_NE(alarm, stranger->notes.end());
  EXPECT_NE(alarm->detail.find("its endorsement key is enrolled here as press-8"), std::string::npos);
}

TEST_F(TpmSite, whoever_knows_an_endorsement_key_cannot_fill_the_log_with_it) {
  relay_unknown();
  enroll(tpm, "Press-8");
  testing::internal::CaptureStderr();
  for (int i = 0; i < 40; ++i) EXPECT_EQ(ask().reason, Reason::challenge_relayed);
  const std::string written = testing::internal::GetCapturedStderr();
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = written.find("another id", at)) != std::string::npos; ++at) ++lines;
  EXPECT_GE(lines, 1U);
  EXPECT_LE(lines, 12U);
}

TEST_F(TpmSite, a_stranger_leaves_no_record_behind) {
  relay_unknown();
  ASSERT_EQ(ask().status, 401);
  EXPECT_EQ(site.running->ledger.held("press-7"), nullptr);
}

TEST_F(TpmSite, a_leaf_with_a_symmetric_key_is_judged_by_it_whatever_tpm_it_shows) {
  site.enroll("line-1");
  Attempt a = site.attempt("line-1", site.token("line-1"));
  a.request.tpm = tpm.keys();
  EXPECT_EQ(site.admit(Attempt(a)).status, 202);
  a.evidence = NoEvidence{};
  EXPECT_EQ(site.admit(std::move(a)).reason, Reason::no_credential);
}

// The group takes its id, and knows no key of it.
TEST_F(TpmSite, a_relayed_leaf_hears_its_end_where_a_group_here_with_a_match_takes_its_id) {
  relay_unknown();
  enroll_line(site, {"press-*"});
  const Answer end = provision();
  EXPECT_EQ(end.status, 200);
  EXPECT_EQ(end.authentication_key, "hub-key-1");
  Answer begun = bring(token_for(ask()));
  EXPECT_EQ(poll(site.token(id, "some other key"), *begun.operation).reason, Reason::wrong_key);
}

// Behind one address may live many, and a round can be begun in anybody's name.
TEST_F(TpmSite, a_round_of_a_stranger_takes_nothing_from_a_leaf_with_a_key_of_a_group) {
  relay_unknown();
  enroll_line(site);
  const auto key = crypto::hmac_sha256(as_bytes("key of the line"), as_bytes(id));
  const std::string token = site.token(id, as_text(key));
  const auto attests = std::exchange(site.service.attest, nullptr);
  ASSERT_EQ(follow(bring(token, false), token).status, 200);
  site.service.attest = attests;
  ASSERT_EQ(ask().reason, Reason::challenge_relayed);
  EXPECT_EQ(bring(token, false).reason, Reason::answered_from_cache);
  site.service.up = false;
  EXPECT_EQ(bring(token, false).reason, Reason::answered_from_cache);
}

TEST_F(TpmSite, a_challenge_waits_for_its_turn_no_longer_than_five_seconds) {
  relay_unknown();
  site.options.registrations_per_minute = 1;
  site.restart();
  (void)ask();
  const TimePoint before = site.simulator.now();
  const Answer answer = ask();
  EXPECT_EQ(answer.status, 503);
  EXPECT_LE(site.simulator.now() - before, std::chrono::milliseconds(5'100));
}

TEST_F(TpmSite, many_that_ask_at_once_are_told_to_come_back_not_made_to_wait) {
  relay_unknown();
  site.service.latency = std::chrono::seconds(2);
  std::vector<std::optional<Answer>> answers(20);
  const auto ask_as = [](Site& of, Attempt a, std::optional<Answer>& into) -> Task<void> {
    into = co_await of.running->admission.admit(std::move(a));
  };
  for (auto& answer : answers) site.simulator.spawn(ask_as(site, attempt(), answer));
  site.simulator.run_for(std::chrono::seconds(6));
  std::size_t challenged = 0;
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer);
    challenged += answer->status == 401 ? 1U : 0U;
    EXPECT_TRUE(answer->status == 401 || answer->reason == Reason::needs_service);
  }
  EXPECT_GE(challenged, 1U);
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(ask().status, 401);  // nothing of it is left behind
}

TEST_F(TpmSite, a_key_that_is_denied_after_the_service_s_word_is_told_nothing_of_it) {
  relay_unknown();
  DenyDeskAt at(site);
  const Answer challenge = ask();
  const std::string token = token_for(challenge);
  const Answer begun = bring(token);
  ASSERT_EQ(begun.status, 202);
  site.simulator.run_for(std::chrono::seconds(5));
  const std::string key = read_tpm_keys(tpm.keys())->endorsement.digest;
  ASSERT_TRUE(at.deny(DenyDeskAt::entry(DenyKind::endorsement_key, key)));
  const Answer polled = poll(token, *begun.operation);
  EXPECT_EQ(polled.status, 401);
  EXPECT_EQ(polled.authentication_key, "");
}

}  // namespace
}  // namespace leafgate::tpm_unknown_test

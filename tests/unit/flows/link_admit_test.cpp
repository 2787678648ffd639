// Leaves that prove a symmetric key over the leaf link.
#include <gtest/gtest.h>

#include "tests/unit/flows/link_site.hpp"

namespace leafgate::link_admit_test {
namespace {

constexpr std::string_view key = "the primary key of it";

class LinkAdmitTest : public LinkSite {
 protected:
  void enroll_group(std::vector<std::string> match, bool enabled = true) {
    Enrollment e;
    e.kind = EnrollmentKind::group;
    e.id = "pumps";
    e.mechanism = Mechanism::symmetric_key;
    e.etag = "1";
    e.enabled = enabled;
    e.match = std::move(match);
    e.primary_key = site_.trust.seal(Site::key("group key"), reference(e)).value();
    site_.enrollments.put(std::move(e));
    site_.running->ledger.enrollments_changed();
  }
  static std::string derived(std::string_view id) {
    const auto mac = crypto::hmac_sha256(as_bytes("group key"), as_bytes(id));
    return std::string(as_text(mac));
  }
};

TEST_F(LinkAdmitTest, TheServiceIsAskedAndTheRestIsFromCache) {
  site_.enroll("pump-07");
  const Answer done = provision(by_mac("pump-07", key));
  EXPECT_EQ(done.status, 200);
  EXPECT_TRUE(done.proven);
  EXPECT_EQ(done.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(site_.service.registered["pump-07"], 1);
  EXPECT_NE(site_.service.last_token.find("SharedAccessSignature"), std::string::npos)
      << "by the key held here";
  service_goes_away();
  const Answer again = site_.admit(by_mac("pump-07", key, 2));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.reason, Reason::answered_from_cache);
}

TEST_F(LinkAdmitTest, IsQueuedWhileTheServiceIsAway) {
  site_.enroll("pump-07");
  service_goes_away();
  const Attempt attempt = by_mac("pump-07", key);
  Answer answer = site_.admit(attempt);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.reason, Reason::queued_offline);
  site_.service.up = true;
  site_.simulator.run_for(std::chrono::minutes(2));
  EXPECT_EQ(site_.admit(poll_of(attempt, *answer.operation)).registration_status,
            RegistrationStatus::assigned);
}

TEST_F(LinkAdmitTest, TheSecondKeyIsARenewedCredential) {
  site_.enroll("pump-07", key, "second");
  ASSERT_EQ(provision(by_mac("pump-07", key)).status, 200);
  const Answer answer = site_.admit(by_mac("pump-07", "second"));
  EXPECT_EQ(answer.reason, Reason::credential_renewed);
  EXPECT_TRUE(answer.proven);
}

TEST_F(LinkAdmitTest, OfAGroupByTheKeyDerivedForIt) {
  enroll_group({"pump-*"});
  EXPECT_EQ(provision(by_mac("pump-07", derived("pump-07"))).status, 200);
  EXPECT_EQ(site_.admit(by_mac("pump-08", derived("pump-07"))).status, 401);
}

TEST_F(LinkAdmitTest, AWrongKeyIsRefusedAndHeldAgainstItsSource) {
  site_.enroll("pump-07");
  const Answer answer = site_.admit(by_mac("pump-07", "another key"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.reason, Reason::wrong_key);
  EXPECT_FALSE(answer.proven);
  EXPECT_EQ(site_.service.calls, 0);
}

TEST_F(LinkAdmitTest, AProofOverAnotherIdIsRefused) {
  site_.enroll("pump-07");
  site_.enroll("pump-08");
  Attempt attempt = by_mac("pump-07", key);
  attempt.id = RegistrationId::parse("pump-08").value();
  const Answer answer = site_.admit(std::move(attempt));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.reason, Reason::link_proof_false);
}

TEST_F(LinkAdmitTest, AnotherMechanismIsRefused) {
  enroll(EnrollmentKind::individual, "pump-07", leaf_);
  const Answer answer = site_.admit(by_mac("pump-07", key));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.reason, Reason::mechanism_mismatch);
}

TEST_F(LinkAdmitTest, ADisabledEnrollmentEndsIt) {
  site_.enroll("pump-07", key, {}, false);
  enroll_group({"pump-*"}, false);
  for (const Attempt& attempt : {by_mac("pump-07", key), by_mac("pump-08", derived("pump-08"))}) {
    const Answer answer = provision(attempt);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.registration_status, RegistrationStatus::disabled);
  }
  EXPECT_EQ(site_.service.calls, 0);
}

TEST_F(LinkAdmitTest, WhatNoKeyHereProvesIsNotTakenToTheService) {
  site_.policy.unknown = UnknownPolicy::relay;
  site_.restart();
  // There is no token that could be shown to it.
  EXPECT_EQ(site_.admit(by_mac("stranger", key)).reason, Reason::unknown_enrollment);
  enroll_group({});
  const Answer answer = site_.admit(by_mac("stranger", key));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.reason, Reason::wrong_key) << "it is told what is wrong, not that it has no token";
  EXPECT_EQ(site_.service.calls, 0);
}

TEST_F(LinkAdmitTest, WhileSecretsAreLockedItWaitsAndInDoubtItComesAgain) {
  site_.enroll("pump-07");
  site_.trust.fail.fail_all(Error(Errc::throttled, "locked"));
  EXPECT_EQ(site_.admit(by_mac("pump-07", key)).status, 202);
  site_.running->admission.set_doubt(Reason::store_foreign);
  const Answer answer = site_.admit(by_mac("pump-07", key));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.reason, Reason::store_foreign);
  EXPECT_GT(answer.retry_after, Seconds(0));
}

}  // namespace
}  // namespace leafgate::link_admit_test

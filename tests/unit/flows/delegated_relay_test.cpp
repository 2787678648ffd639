// Leaves without IP that have a certificate: the service is asked by a connection of their own, for which
// they sign.
#include <gtest/gtest.h>

#include "tests/unit/flows/link_site.hpp"

namespace leafgate::delegated_relay_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class DelegatedRelayTest : public LinkSite {
 protected:
  DelegatedRelayTest() {
    site_.delegated = &delegated_;
    site_.restart();
    site_.clock.start = test_day();
    enroll(EnrollmentKind::individual, "pump-07", leaf_);
  }
  ~DelegatedRelayTest() override { site_.stop(); }

  // The next attempt of the leaf: another nonce, and it may sign again.
  Attempt next() {
    signer_ = std::make_shared<FakeLeafSigner>(*signer_);
    signer_->asked = 0;
    return by_signature(leaf_, leaf_, ++attempts_);
  }
  const Assignment& stored() { return *site_.registrations.records.at("pump-07").registration.assignment; }

  FakeDelegatedService delegated_{site_.service};
  std::uint8_t attempts_ = 0;
};

TEST_F(DelegatedRelayTest, TheServiceSeesTheLeafItself) {
  const Answer done = provision(next());
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(signer_->asked, 1);
  EXPECT_EQ(delegated_.opened, 1);
  EXPECT_EQ(delegated_.last_token, "");
  EXPECT_TRUE(delegated_.last_schemes.has(SignatureScheme::es256));
  EXPECT_EQ(delegated_.last_signature, Bytes(64, 0x51));
}

TEST_F(DelegatedRelayTest, WhatTheServiceSaidIsStoredAndAnsweredOffline) {
  ASSERT_EQ(provision(next()).status, 200);
  EXPECT_EQ(stored().credential, as_certificate(leaf_).sha256());
  ASSERT_TRUE(stored().ends);
  EXPECT_EQ(stored().ends->own, as_certificate(leaf_).not_after());
  EXPECT_EQ(stored().enrollment_id, "individual pump-07");
  EXPECT_EQ(stored().enrollment_etag, "1");
  service_goes_away();
  ASSERT_FALSE(link_up());
  const Answer again = site_.admit(next());
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.reason, Reason::answered_from_cache);
  EXPECT_NE(again.state.find(hub), std::string::npos);
  EXPECT_EQ(signer_->asked, 0);
  site_.restart();
  EXPECT_EQ(site_.admit(next()).status, 200) << "also after a restart";
}

TEST_F(DelegatedRelayTest, NoConnectionIsHeldForALeafThatHasItsAnswer) {
  site_.service.polls_until_done = 3;
  const Attempt attempt = next();
  const Answer first = site_.admit(attempt);
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(delegated_.connections, 1);
  site_.simulator.run_for(minutes(1));
  EXPECT_EQ(delegated_.connections, 0);
  EXPECT_EQ(site_.admit(poll_of(attempt, *first.operation)).status, 200) << "while its answer is still known";
  EXPECT_EQ(signer_->asked, 1) << "one signature serves all requests";
}

TEST_F(DelegatedRelayTest, OneWhoDoesNotSignComesAgainAndNobodyElseIsBlamed) {
  const std::pair<const char*, Error> rows[] = {{"says no", Error(Errc::refused, "the leaf would not sign")},
                                                {"is gone", Error(Errc::unreachable, "the leaf is gone")}};
  for (const auto& [name, error] : rows) {
    signer_->says = error;
    const Answer answer = site_.admit(next());
    EXPECT_EQ(answer.status, 503) << name;
    EXPECT_EQ(answer.reason, Reason::leaf_did_not_sign) << name;
    EXPECT_GT(answer.retry_after, Seconds(0)) << name;
  }
  signer_->says = Bytes(64, 0x51);
  signer_->after = seconds(30);
  EXPECT_EQ(provision(next()).reason, Reason::leaf_did_not_sign) << "in time";
  signer_->after = Millis(100);
  delegated_.takes_signature = false;
  EXPECT_EQ(provision(next()).reason, Reason::leaf_did_not_sign) << "rightly";
  EXPECT_TRUE(link_up());
  EXPECT_EQ(delegated_.connections, 0);
  EXPECT_TRUE(site_.registrations.records.find("pump-07") == site_.registrations.records.end() ||
              !site_.registrations.records.at("pump-07").registration.assignment);
  delegated_.takes_signature = true;
  EXPECT_EQ(provision(next()).status, 200) << "a new attempt may sign";
}

TEST_F(DelegatedRelayTest, AWayThatIsClosedForItAloneSaysNothingOfTheService) {
  for (const Errc code : {Errc::unreachable, Errc::untrusted, Errc::timed_out, Errc::proxy_failed,
                          Errc::conflict, Errc::implausible}) {
    delegated_.way = Error(code, "for this connection");
    const Answer answer = site_.admit(next());
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.reason, Reason::needs_service) << to_text(code);
    EXPECT_TRUE(link_up()) << to_text(code);
  }
  delegated_.way.reset();
  EXPECT_EQ(provision(next()).status, 200);
}

TEST_F(DelegatedRelayTest, WhereAllLeavesSignItIsNoticedThatTheServiceIsAway) {
  site_.service.up = false;
  delegated_.way = Error(Errc::unreachable, "connection refused");
  EXPECT_EQ(site_.admit(next()).reason, Reason::needs_service);
  site_.simulator.run_for(seconds(1));
  EXPECT_FALSE(link_up());
  EXPECT_EQ(site_.admit(next()).reason, Reason::needs_the_leaf) << "as without the service";
  site_.service.up = true;
  delegated_.way.reset();
  site_.simulator.run_for(minutes(2));
  EXPECT_TRUE(link_up());
  EXPECT_EQ(provision(next()).status, 200);
}

TEST_F(DelegatedRelayTest, ANoOfTheServiceIsTheAnswer) {
  for (const int status : {401, 403, 404, 400}) {
    site_.service.refuse_status = status;
    const Answer answer = site_.admit(next());
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.reason, Reason::service_refused) << status;
    EXPECT_TRUE(link_up()) << status;
    EXPECT_EQ(delegated_.connections, 0);
    site_.simulator.run_for(minutes(10));
  }
}

TEST_F(DelegatedRelayTest, AThrottlingServiceIsAskedAgainByTheSameConnection) {
  site_.service.throttle_next = 1;
  const Answer done = provision(next(), minutes(2));
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(signer_->asked, 1);
  EXPECT_EQ(delegated_.opened, 1);
  EXPECT_TRUE(link_up());
}

TEST_F(DelegatedRelayTest, OneThatKeepsComingBackIsTakenThereOnceAnHour) {
  ASSERT_EQ(provision(next()).status, 200);
  for (int i = 0; i < 2; ++i) {
    site_.simulator.run_for(minutes(1));
    EXPECT_EQ(site_.admit(next()).reason, Reason::answered_from_cache);
  }
  site_.simulator.run_for(minutes(1));
  EXPECT_EQ(provision(next()).status, 200);
  EXPECT_EQ(signer_->asked, 1);
  for (int i = 0; i < 5; ++i) {
    site_.simulator.run_for(minutes(1));
    EXPECT_EQ(site_.admit(next()).reason, Reason::answered_from_cache) << i;
    EXPECT_EQ(signer_->asked, 0) << i;
  }
}

TEST_F(DelegatedRelayTest, WithoutTheServiceNewLeavesWait) {
  service_goes_away();
  const Answer answer = site_.admit(next());
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.reason, Reason::needs_the_leaf);
  EXPECT_EQ(signer_->asked, 0);
}

TEST_F(DelegatedRelayTest, ALeafOfAnUnknownEnrollmentIsTakenThereIfThePolicySaysSo) {
  site_.policy.unknown = UnknownPolicy::relay;
  site_.enrollments.individuals.clear();
  site_.restart();
  const Answer done = provision(next());
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(stored().credential, "") << "nothing here could judge it";
  service_goes_away();
  EXPECT_EQ(site_.admit(next()).status, 202) << "so it is no answer without the service";
}

TEST_F(DelegatedRelayTest, WhoDoesNotHoldTheKeyOfTheCertificateIsRefusedHere) {
  const auto thief = CertificateMaker("pump-07").make();
  const Answer answer = site_.admit(by_signature(leaf_, thief));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.reason, Reason::link_proof_false);
  EXPECT_EQ(site_.admit(by_signature(leaf_, leaf_, 1, "pump-08")).reason, Reason::link_proof_false);
  EXPECT_EQ(delegated_.opened, 0);
}

TEST_F(DelegatedRelayTest, WithoutSuchServiceItMustComeOtherwise) {
  site_.delegated = nullptr;
  site_.restart();
  const Answer answer = site_.admit(next());
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.reason, Reason::needs_the_leaf);
}

TEST_F(DelegatedRelayTest, TheGatewayMayStopAtAnyMoment) {
  for (Millis at{0}; at < seconds(12); at += Millis(97)) {
    signer_->after = Millis(900);
    site_.service.polls_until_done = 2;
    site_.service.latency = Millis(300);
    const Attempt attempt = next();
    const auto ask = [](Admission& of, Attempt what) -> Task<void> {
      (void)co_await of.admit(std::move(what));
    };
    site_.simulator.spawn(ask(site_.running->admission, attempt));
    site_.simulator.run_for(at);
    site_.restart();
    EXPECT_EQ(delegated_.connections, 0) << at.count();
    site_.registrations.records.clear();
  }
}

}  // namespace
}  // namespace leafgate::delegated_relay_test

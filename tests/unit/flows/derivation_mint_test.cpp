// Tokens that are minted with keys which the TPM derives, and requests of leaves that are judged late.
#include <gtest/gtest.h>

#include "tests/unit/flows/derivation_site.hpp"

namespace leafgate::derivation_mint_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class DerivationMintTest : public testing::Test {
 protected:
  DerivationMintTest() { site.enroll_group("pumps", {"pump-*"}); }

  // A row waits in the outbox for the service to come back.
  void queue(const std::string& id) {
    site.service.up = false;
    const Attempt leaf = site.leaf(id, "1");
    const Answer told = site.admit(leaf);
    site.simulator.run_for(told.retry_after);
    const Answer queued = site.admit(site.poll_of(leaf, *told.operation));
    ASSERT_TRUE(queued.proven);
    ASSERT_EQ(site.registrations.rows.size(), 1U);
  }

  DerivationSite site;
};

TEST_F(DerivationMintTest, AfterARestartTheKeyComesFromTheStore) {
  queue("pump-1");
  site.restart();
  site.tpm.become(TpmState::lost);
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.service.requests["pump-1"].payload, "1");
  EXPECT_EQ(site.tpm.commands, 1);
}

TEST_F(DerivationMintTest, WithoutItInTheStoreItComesFromTheTpm) {
  queue("pump-1");
  site.derived_keys.rows.clear();
  site.restart();
  site.tpm.latency = Millis(70);
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.tpm.commands, 2);
}

TEST_F(DerivationMintTest, WhileTheTpmIsAwayTheRowStepsBackAndIsNotLost) {
  queue("pump-1");
  site.derived_keys.rows.clear();
  site.restart();
  site.tpm.become(TpmState::locked);
  site.service.up = true;
  site.enroll("leaf-1");
  EXPECT_EQ(site.provision("leaf-1").status, 200) << "others are not held up";
  site.simulator.run_for(minutes(30));
  ASSERT_EQ(site.registrations.rows.size(), 1U);
  EXPECT_TRUE(site.running->forwarder.state().up);
  EXPECT_EQ(site.running->forwarder.operations().find("pump-1")->waiting_for, Reason::trust_pending);
  site.tpm.become(TpmState::ready);
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.registrations.rows.empty());
}

TEST_F(DerivationMintTest, ATpmThatIsSlowIsWaitedForOnlyALittle) {
  queue("pump-1");
  site.derived_keys.rows.clear();
  site.restart();
  site.tpm.latency = seconds(20);
  site.service.up = true;
  site.simulator.run_for(seconds(15));
  EXPECT_EQ(site.running->forwarder.in_flight(), 0U);
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.registrations.rows.empty()) << "by then it was known";
}

TEST_F(DerivationMintTest, WhatJoinedAnOpenOperationIsToldItsEndUnderItsOwnName) {
  ASSERT_EQ(site.provision_leaf(site.leaf("pump-1", "0")).status, 200);
  site.service.up = false;
  const Answer open = site.admit(site.leaf("pump-1", "1"));
  ASSERT_EQ(site.registrations.rows.size(), 1U);
  site.derived_keys.rows.clear();
  site.tpm.become(TpmState::lost);
  site.restart();
  const Attempt leaf = site.leaf("pump-1", "2");
  const Answer told = site.admit(leaf);
  ASSERT_EQ(told.reason, Reason::trust_pending);
  EXPECT_FALSE(*told.operation == *open.operation);
  site.tpm.become(TpmState::ready);
  site.simulator.run_for(told.retry_after);
  const Answer joined = site.admit(site.poll_of(leaf, *told.operation));
  ASSERT_EQ(joined.status, 202);
  EXPECT_EQ(*joined.operation, *told.operation);
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  const Answer end = site.admit(site.poll_of(leaf, *told.operation));
  EXPECT_EQ(end.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(site.service.requests["pump-1"].payload, "2");
}

TEST_F(DerivationMintTest, LockedIndividualKeysKeepARequestToo) {
  site.enroll("leaf-1");
  site.trust.fail.fail_all(Error(Errc::throttled, "locked"));
  const Attempt leaf = site.attempt("leaf-1", site.token("leaf-1"), "1");
  const Answer told = site.admit(leaf);
  EXPECT_EQ(told.reason, Reason::trust_pending);
  site.trust.fail.heal();
  site.simulator.run_for(told.retry_after);
  // A client that signs each of its requests anew.
  Attempt poll = site.attempt("leaf-1", site.token("leaf-1"));
  poll.operation = told.operation;
  EXPECT_EQ(site.admit(poll).reason, Reason::forwarded_new);
  site.simulator.run_for(seconds(30));
  EXPECT_EQ(site.service.requests["leaf-1"].payload, "1");
  EXPECT_EQ(site.admit(poll).registration_status, RegistrationStatus::assigned);
}

// A store that was restored without the key file, or a key that was sealed by another one.
TEST_F(DerivationMintTest, a_key_that_cannot_be_opened_ends_no_promise) {
  site.enroll("leaf-1");
  site.service.up = false;
  const Answer first = site.register_leaf("leaf-1");
  ASSERT_EQ(first.status, 202);
  site.simulator.run_for(minutes(1));
  site.trust.fail.fail_all(
      Error(Errc::refused, "the secret was sealed with a key that is not in this store"));
  site.service.up = true;
  site.simulator.run_for(hours(3));
  const OpenOperation* open = site.running->forwarder.operations().find("leaf-1");
  ASSERT_NE(open, nullptr) << "nobody said that it may not register";
  EXPECT_EQ(code(open->waiting_for), code(Reason::enrollment_without_key));
  EXPECT_NE(open->trouble.find("individual leaf-1"), std::string::npos) << open->trouble;
  EXPECT_FALSE(site.registrations.records.at("leaf-1").registration.outcome);
  EXPECT_EQ(site.registrations.rows.size(), 1U);
  site.trust.fail.heal();
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).registration_status, RegistrationStatus::assigned);
}

TEST_F(DerivationMintTest, locked_secrets_are_waited_for_and_not_taken_for_the_clock) {
  site.enroll("leaf-1");
  site.service.up = false;
  const Answer first = site.register_leaf("leaf-1");
  ASSERT_EQ(first.status, 202);
  site.simulator.run_for(minutes(1));
  site.trust.lock();
  site.service.up = true;
  site.simulator.run_for(minutes(5));
  const OpenOperation* open = site.running->forwarder.operations().find("leaf-1");
  ASSERT_NE(open, nullptr);
  EXPECT_EQ(code(open->waiting_for), code(Reason::trust_pending));
  while (open->not_before - site.simulator.now() < seconds(40)) site.simulator.run_for(seconds(1));
  site.trust.unlock();
  site.running->forwarder.go_on_after(Reason::trust_pending);
  site.simulator.run_for(seconds(30));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).registration_status, RegistrationStatus::assigned)
      << "at once, and not with its next turn";
}

TEST_F(DerivationMintTest, AKnownLeafIsAnsweredFromCacheAtThatPoll) {
  ASSERT_EQ(site.provision_leaf(site.leaf("pump-1", "1")).status, 200);
  site.derived_keys.rows.clear();
  site.restart();
  const Attempt leaf = site.leaf("pump-1", "1");
  const Answer told = site.admit(leaf);
  ASSERT_EQ(told.status, 202);
  site.simulator.run_for(told.retry_after);
  const Answer end = site.admit(site.poll_of(leaf, *told.operation));
  EXPECT_EQ(end.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(end.reason, Reason::answered_from_cache);
  EXPECT_EQ(*end.operation, *told.operation);
  EXPECT_EQ(site.service.registered["pump-1"], 1);
}

}  // namespace
}  // namespace leafgate::derivation_mint_test

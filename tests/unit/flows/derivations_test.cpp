// Leaves under group keys that live in the TPM, against the real flows in virtual time.
#include <gtest/gtest.h>

#include "tests/unit/flows/derivation_site.hpp"

namespace leafgate::derivations_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class DerivationsTest : public testing::Test {
 protected:
  DerivationSite site;
  int commands() const { return site.tpm.commands; }
};

TEST_F(DerivationsTest, AFirstContactIsToldToWaitAndGoesOnAtItsPoll) {
  site.enroll_group("pumps", {"pump-*"});
  site.tpm.latency = Millis(70);
  const Attempt leaf = site.leaf("pump-1", R"({"line":"A"})");
  const Answer first = site.admit(leaf);
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(first.reason, Reason::trust_pending);
  EXPECT_FALSE(first.proven);
  EXPECT_EQ(site.registrations.writes, 0) << "nothing durable";
  EXPECT_EQ(site.service.registered["pump-1"], 0) << "nothing upstream";
  const Answer early = site.admit(site.poll_of(leaf, *first.operation));
  EXPECT_EQ(early.reason, Reason::trust_pending);
  site.simulator.run_for(first.retry_after);
  const Answer second = site.admit(site.poll_of(leaf, *first.operation));
  EXPECT_EQ(second.status, 202);
  EXPECT_EQ(second.reason, Reason::forwarded_new);
  EXPECT_EQ(*second.operation, *first.operation) << "SDKs poll for what they were given first";
  EXPECT_TRUE(second.proven);
  site.simulator.run_for(second.retry_after);
  const Answer end = site.admit(site.poll_of(leaf, *first.operation));
  EXPECT_EQ(end.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(site.service.requests["pump-1"].payload, R"({"line":"A"})") << "what it asked for is not lost";
  EXPECT_EQ(commands(), 1);
}

TEST_F(DerivationsTest, ARepeatCostsNeitherTheTpmNorTheStoreAnything) {
  site.enroll_group("pumps", {"pump-*"});
  ASSERT_EQ(site.provision_leaf("pump-1").status, 200);
  const int reads = site.derived_keys.reads;
  const auto writes = site.derived_keys.writes;
  for (int i = 0; i < 20; ++i) {
    site.simulator.run_for(minutes(1));
    const Answer answer = site.admit(site.leaf("pump-1"));
    EXPECT_TRUE(answer.proven);
  }
  EXPECT_EQ(commands(), 1);
  EXPECT_EQ(site.derived_keys.reads, reads);
  EXPECT_EQ(site.derived_keys.writes, writes);
  EXPECT_EQ(writes, 1);
}

TEST_F(DerivationsTest, AfterARestartTheStoreIsReadOnceAndTheTpmNotAsked) {
  site.enroll_group("pumps", {"pump-*"});
  ASSERT_EQ(site.provision_leaf("pump-1").status, 200);
  site.restart();
  site.tpm.become(TpmState::lost);
  const int reads = site.derived_keys.reads;
  for (int i = 0; i < 5; ++i) {
    site.simulator.run_for(minutes(1));
    EXPECT_TRUE(site.admit(site.leaf("pump-1")).proven) << i;
  }
  EXPECT_EQ(site.derived_keys.reads, reads + 1);
  EXPECT_EQ(commands(), 1);
}

TEST_F(DerivationsTest, WhatMemoryLetGoOfIsReadAgain) {
  site.enroll_group("pumps", {"pump-*"});
  ASSERT_EQ(site.provision_leaf("pump-1").status, 200);
  const int reads = site.derived_keys.reads;
  site.trust.forget_derived();
  EXPECT_EQ(site.admit(site.leaf("pump-1")).reason, Reason::answered_from_cache);
  EXPECT_EQ(site.derived_keys.reads, reads + 1);
  EXPECT_EQ(commands(), 1);
}

TEST_F(DerivationsTest, SealedAnewAKeyIsStillTheSame) {
  site.enroll_group("pumps", {"pump-*"});
  ASSERT_EQ(site.provision_leaf("pump-1").status, 200);
  Enrollment group = site.enrollments.group_rows.at("pumps");
  group.primary_key->blob += " sealed anew";
  const auto row = *site.derived_keys.rows.begin();
  site.derived_keys.rows = {
      {{std::get<0>(row.first), std::get<1>(row.first), digest_of(*group.primary_key)}, row.second}};
  site.enrollments.put(group);
  site.running->ledger.enrollments_changed();
  EXPECT_TRUE(site.admit(site.leaf("pump-1")).proven);
  EXPECT_EQ(commands(), 1);
}

TEST_F(DerivationsTest, AskForNoMoreThanItTakes) {
  struct Case {
    const char* name;
    const char* id;
    const char* signs_with;
    const char* derived_from;
    int commands;
  };
  const std::vector<Case> cases = {
      {"primary, lower case", "pump-1", "the primary group key", "pump-1", 1},
      {"primary, as typed", "Pump-1", "the primary group key", "Pump-1", 1},
      {"primary, typed in capitals, derived in lower case", "Pump-1", "the primary group key", "pump-1", 2},
      {"secondary, lower case", "pump-1", "the secondary group key", "pump-1", 2},
      {"secondary, as typed", "Pump-1", "the secondary group key", "Pump-1", 3},
  };
  for (const Case& c : cases) {
    site.enroll_group("pumps", {"pump-*"}, "the primary group key", "the secondary group key");
    site.restart();
    site.derived_keys.rows.clear();
    const int before = commands();
    Attempt leaf = site.attempt(c.id, site.group_token(c.id, c.signs_with, c.derived_from));
    const Answer end = site.provision_leaf(leaf);
    EXPECT_EQ(end.registration_status, RegistrationStatus::assigned) << c.name;
    EXPECT_EQ(commands() - before, c.commands) << c.name;
    EXPECT_EQ(site.derived_keys.rows.size(), 1U) << c.name << ": the one that proved it";
    site.restart();
    EXPECT_TRUE(site.admit(leaf).proven) << c.name;
    EXPECT_EQ(commands() - before, c.commands) << c.name << ", after a restart";
  }
}

TEST_F(DerivationsTest, OnlyGroupsThatMayServeTheIdAreAsked) {
  for (int i = 0; i < 6; ++i)
    site.enroll_group("open-" + std::to_string(i), {}, "open key " + std::to_string(i));
  site.enroll_group("pumps", {"pump-*"});
  site.enroll_group("valves", {"valve-*"}, "the key of valves");
  EXPECT_EQ(site.provision_leaf("pump-1").status, 200);
  EXPECT_EQ(commands(), 1) << "the one that names its id goes first";
  (void)site.provision_leaf(site.attempt("fan-1", site.group_token("fan-1", "open key 5")), seconds(9));
  EXPECT_EQ(commands(), 1 + 4) << "four without match, no more";
}

TEST_F(DerivationsTest, AFalseTokenIsRefusedAndRememberedOfItsSource) {
  site.enroll_group("pumps", {"pump-*"});
  const Attempt liar = site.attempt("pump-1", site.group_token("pump-1", "a guess"));
  const Answer told = site.admit(liar);
  ASSERT_EQ(told.status, 202);
  site.simulator.run_for(told.retry_after);
  EXPECT_EQ(site.admit(site.poll_of(liar, *told.operation)).reason, Reason::wrong_key);
  EXPECT_TRUE(site.derived_keys.rows.empty()) << "nobody proved it";
  site.trust.forget_derived();
  EXPECT_EQ(site.admit(liar).status, 401);
  EXPECT_EQ(commands(), 1);
  site.simulator.run_for(minutes(11));
  EXPECT_EQ(site.admit(liar).reason, Reason::trust_pending) << "not for ever";
  site.simulator.run_for(seconds(1));
  EXPECT_EQ(commands(), 2);
}

TEST_F(DerivationsTest, ALieAgainstTheLeafCostsTheLeafNothing) {
  site.enroll_group("pumps", {"pump-*"});
  Attempt liar = site.attempt("pump-1", site.group_token("pump-1", "a guess"), "a lie");
  ASSERT_EQ(site.admit(liar).status, 202);
  site.simulator.run_for(seconds(1));
  const Answer end = site.provision_leaf(site.leaf("pump-1", "1"));
  EXPECT_EQ(end.registration_status, RegistrationStatus::assigned) << "from the same address";
  EXPECT_EQ(site.service.requests["pump-1"].payload, "1");
  EXPECT_EQ(commands(), 1);
  EXPECT_EQ(site.derived_keys.rows.size(), 1U);
}

TEST_F(DerivationsTest, WhatNoKeyCouldProveAsksForNone) {
  site.enroll_group("everything");
  (void)site.admit(site.attempt("leaf-1", "no token at all"));
  (void)site.admit(site.attempt("leaf-1", site.group_token("leaf-2")));
  site.enroll("leaf-3");
  (void)site.admit(site.attempt("leaf-3", site.group_token("leaf-3")));
  site.simulator.run_for(seconds(5));
  EXPECT_EQ(commands(), 0) << "an individual enrollment decides alone";
}

TEST_F(DerivationsTest, AnIdOfTheServiceAloneIsRelayedAtItsPoll) {
  site.policy.unknown = UnknownPolicy::relay;
  site.restart();
  site.enroll_group("everything");
  const Attempt stranger = site.attempt("fan-1", site.token("fan-1"), "1");
  const Answer told = site.admit(stranger);
  EXPECT_EQ(told.reason, Reason::trust_pending);
  site.simulator.run_for(told.retry_after);
  Answer end = site.admit(site.poll_of(stranger, *told.operation));
  EXPECT_EQ(end.reason, Reason::relayed);
  EXPECT_EQ(*end.operation, *told.operation);
  site.simulator.run_for(seconds(10));
  end = site.admit(site.poll_of(stranger, *told.operation));
  EXPECT_EQ(end.registration_status, RegistrationStatus::assigned) << end.status << code(end.reason);
  EXPECT_EQ(site.service.requests["fan-1"].payload, "1");
  EXPECT_EQ(commands(), 1);
  EXPECT_TRUE(site.derived_keys.rows.empty());
}

TEST_F(DerivationsTest, WithoutItsTpmTheKnownGoOnAndTheNewWait) {
  site.enroll_group("pumps", {"pump-*"});
  ASSERT_EQ(site.provision_leaf("pump-1").status, 200);
  for (const TpmState state : {TpmState::lost, TpmState::locked, TpmState::absent, TpmState::failed}) {
    site.tpm.become(state);
    const std::string id = "pump-new-" + std::string(to_text(state));
    const Attempt fresh = site.leaf(id);
    const Answer told = site.admit(fresh);
    EXPECT_EQ(told.reason, Reason::trust_pending);
    EXPECT_TRUE(site.admit(site.leaf("pump-1")).proven);
    for (int i = 0; i < 100; ++i) {
      site.simulator.run_for(told.retry_after);
      EXPECT_EQ(site.admit(site.poll_of(fresh, *told.operation)).reason, Reason::trust_pending);
    }
    site.tpm.become(TpmState::ready);
    site.derivations().tpm_changed();
    EXPECT_EQ(site.provision_leaf(fresh).status, 200) << to_text(state);
  }
  EXPECT_EQ(commands(), 5) << "none while it is away";
}

TEST_F(DerivationsTest, ATokenOfHalfAMinuteLivesAsLongAsItsLeafIsKeptWaiting) {
  site.enroll_group("pumps", {"pump-*"});
  site.tpm.become(TpmState::lost);
  const auto key = crypto::hmac_sha256(as_bytes("the primary group key"), as_bytes("pump-1"));
  const Attempt leaf = site.attempt("pump-1", site.token("pump-1", as_text(key), seconds(30)), "1");
  const Answer told = site.admit(leaf);
  for (int i = 0; i < 40; ++i) {
    site.simulator.run_for(told.retry_after);
    (void)site.admit(site.poll_of(leaf, *told.operation));
  }
  site.tpm.become(TpmState::ready);
  site.simulator.run_for(told.retry_after);
  Answer answer = site.admit(site.poll_of(leaf, *told.operation));
  EXPECT_EQ(answer.reason, Reason::forwarded_new);
  site.simulator.run_for(answer.retry_after);
  answer = site.admit(site.poll_of(leaf, *told.operation));
  EXPECT_EQ(answer.registration_status, RegistrationStatus::assigned);
  site.simulator.run_for(minutes(10));
  const Attempt stale = site.attempt("pump-2", site.token("pump-2", as_text(key), seconds(-300)));
  const Answer old = site.admit(stale);
  site.simulator.run_for(seconds(3));
  EXPECT_EQ(site.admit(site.poll_of(stale, *old.operation)).status, 401) << "one that came dead stays dead";
}

TEST_F(DerivationsTest, AKeyThatTheTpmRefusesDoesNotHoldUpTheOthers) {
  site.enroll_group("pumps", {"pump-*"});
  site.enroll_group("valves", {"valve-*"}, "the key of valves");
  site.tpm.fail.fail_call(1, Error(Errc::refused, "sealed by another TPM"));
  const Attempt pump = site.leaf("pump-1", "1");
  const Answer told = site.admit(pump);
  site.simulator.run_for(seconds(3));
  EXPECT_EQ(site.admit(site.poll_of(pump, *told.operation)).reason, Reason::trust_pending);
  const Attempt valve = site.attempt("valve-1", site.group_token("valve-1", "the key of valves"));
  EXPECT_EQ(site.provision_leaf(valve).status, 200);
  EXPECT_EQ(commands(), 2);
  EXPECT_EQ(site.provision_leaf(pump, minutes(3)).status, 200) << "tried again after a while";
}

TEST_F(DerivationsTest, WhicheverStepFailsTheLeafIsAssignedInTheEnd) {
  for (const Errc code : {Errc::throttled, Errc::timed_out, Errc::refused, Errc::stopped}) {
    for (int n = 1; n <= 4; ++n) {
      DerivationSite& at = site;
      at.restart();
      at.derived_keys.rows.clear();
      const std::string id = "Pump-" + std::to_string(static_cast<int>(code)) + std::to_string(n);
      at.enroll_group("pumps", {"pump-*"}, "the primary group key", "the secondary group key");
      at.tpm.fail.fail_call(n, Error(code, "on purpose"));
      const Attempt leaf =
          at.attempt(id, at.group_token(id, "the secondary group key", ascii_lower(id)), "1");
      const Answer end = at.provision_leaf(leaf, minutes(5));
      EXPECT_EQ(end.registration_status, RegistrationStatus::assigned) << to_text(code) << " at " << n;
      EXPECT_EQ(at.service.requests[leaf.id.key()].payload, "1");
      at.tpm.fail.heal();
    }
  }
}

TEST_F(DerivationsTest, AStoreThatFailsLosesNothing) {
  site.enroll_group("pumps", {"pump-*"});
  site.derived_keys.fail.fail_all(Error(Errc::store_full, "no space left on device"));
  EXPECT_EQ(site.admit(site.leaf("pump-1")).reason, Reason::store_full) << "nothing is promised";
  site.derived_keys.fail.heal();
  site.tpm.latency = Millis(70);
  const Attempt leaf = site.leaf("pump-1", "1");
  const Answer told = site.admit(leaf);
  ASSERT_EQ(told.status, 202);
  site.derived_keys.fail.fail_all(Error(Errc::store_full, "no space left on device"));
  site.simulator.run_for(told.retry_after);
  EXPECT_EQ(site.admit(site.poll_of(leaf, *told.operation)).reason, Reason::forwarded_new);
  EXPECT_TRUE(site.derived_keys.rows.empty());
  site.derived_keys.fail.heal();
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.admit(leaf).proven);
  site.simulator.run_for(seconds(1));
  EXPECT_EQ(site.derived_keys.rows.size(), 1U) << "stored by its next proof";
  EXPECT_EQ(commands(), 1);
}

}  // namespace
}  // namespace leafgate::derivations_test

// How keys of groups get into the TPM: by import, and from where they were before.
#include "gateway/flows/group_keys.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate::group_keys_test {
namespace {

using std::chrono::seconds;

constexpr std::string_view primary = "the primary group key";
constexpr std::string_view secondary = "the secondary group key";

class GroupKeysTest : public testing::Test {
 protected:
  GroupKeysTest() {
    TpmAnchor anchor;
    anchor.storage_name = {site.tpm.name.begin(), site.tpm.name.end()};
    site.tpm.expect(anchor);
    site.trust.kind = Protection::tpm;
  }

  static Operator::ImportItem item(const std::string& id, std::string_view one, std::string_view two = {}) {
    Operator::ImportItem out;
    out.enrollment.kind = EnrollmentKind::group;
    out.enrollment.id = id;
    out.enrollment.mechanism = Mechanism::symmetric_key;
    out.enrollment.etag = "1";
    out.primary_key = crypto::base64::encode(as_bytes(one));
    if (!two.empty()) out.secondary_key = crypto::base64::encode(as_bytes(two));
    return out;
  }
  Result<Operator::ImportReport> import(std::vector<Operator::ImportItem> items) {
    return site.simulator.run(site.desk().import(std::move(items), DeskSite::anna()));
  }
  Result<std::size_t> move() { return site.simulator.run(site.group_keys().move_group_keys()); }
  const Enrollment& group(const std::string& id) { return site.enrollments.group_rows.at(id); }
  bool is_clear_of(std::string_view key) {
    for (const auto& [id, row] : site.enrollments.group_rows)
      for (const auto& sealed : {row.primary_key, row.secondary_key})
        if (sealed && sealed->blob.find(key) != std::string::npos) return false;
    return true;
  }
  Answer provision(const std::string& id, std::string_view group_key) {
    const auto key = crypto::hmac_sha256(as_bytes(group_key), as_bytes(id));
    const Attempt leaf = site.attempt(id, site.token(id, as_text(key)));
    Answer answer = site.admit(leaf);
    for (int i = 0; i < 20 && answer.status == 202; ++i) {
      site.simulator.run_for(answer.retry_after);
      Attempt poll = leaf;
      poll.operation = answer.operation;
      answer = site.admit(poll);
    }
    return answer;
  }

  DeskSite site;
};

TEST_F(GroupKeysTest, AnImportedGroupLivesInTheTpmAndItsLeavesRegister) {
  ASSERT_TRUE(import({item("pumps", primary, secondary)}));
  EXPECT_TRUE(site.trust.is_in_tpm(*group("pumps").primary_key));
  EXPECT_TRUE(site.trust.is_in_tpm(*group("pumps").secondary_key));
  EXPECT_TRUE(is_clear_of(primary) && is_clear_of(secondary));
  EXPECT_EQ(provision("pump-1", primary).registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(provision("pump-2", secondary).registration_status, RegistrationStatus::assigned);
}

TEST_F(GroupKeysTest, WithoutATpmThatIsReadyAndSetUpItIsSealedAsAnyOther) {
  for (const TpmState state : {TpmState::off, TpmState::absent, TpmState::lost}) {
    site.tpm.become(state);
    ASSERT_TRUE(import({item("pumps", primary)})) << to_text(state);
    EXPECT_FALSE(site.trust.is_in_tpm(*group("pumps").primary_key));
  }
  site.tpm.become(TpmState::ready);
  site.tpm.expect(std::nullopt);
  ASSERT_TRUE(import({item("pumps", primary)}));
  EXPECT_FALSE(site.trust.is_in_tpm(*group("pumps").primary_key)) << "not set up";
  EXPECT_EQ(site.tpm.commands, 0);
}

// The TPM is known then, and may take no key at all.
TEST_F(GroupKeysTest, AfterASetUpThatFailedHalfWayItIsSealedAsAnyOther) {
  site.trust.kind = Protection::key_file;
  site.tpm.fail.fail_all(Error(Errc::refused, "the storage key has a password"));
  ASSERT_TRUE(import({item("pumps", primary)}));
  EXPECT_FALSE(site.trust.is_in_tpm(*group("pumps").primary_key));
}

TEST_F(GroupKeysTest, IndividualKeysStayInSoftware) {
  Operator::ImportItem leaf = item("leaf-1", primary);
  leaf.enrollment.kind = EnrollmentKind::individual;
  ASSERT_TRUE(import({leaf}));
  EXPECT_EQ(site.tpm.commands, 0);
}

TEST_F(GroupKeysTest, TheSameKeyAgainStaysAsItIsAndSoDoesWhatItDerived) {
  ASSERT_TRUE(import({item("pumps", primary, secondary)}));
  ASSERT_EQ(provision("pump-1", primary).status, 200);
  const Enrollment before = group("pumps");
  const auto rows = site.derived_keys.rows;
  ASSERT_EQ(rows.size(), 1U);
  ASSERT_TRUE(import({item("pumps", primary, "another secondary key")}));
  EXPECT_EQ(group("pumps").primary_key, before.primary_key);
  EXPECT_NE(group("pumps").secondary_key, before.secondary_key);
  EXPECT_EQ(site.derived_keys.rows, rows);
  ASSERT_TRUE(import({item("pumps", "another primary key", "another secondary key")}));
  EXPECT_TRUE(site.derived_keys.rows.empty()) << "what came from a key that is gone is gone too";
}

TEST_F(GroupKeysTest, ARemovedGroupTakesWhatItDerivedWithIt) {
  ASSERT_TRUE(import({item("pumps", primary), item("valves", secondary)}));
  ASSERT_EQ(provision("pump-1", primary).status, 200);
  ASSERT_EQ(provision("valve-1", secondary).status, 200);
  ASSERT_TRUE(
      site.simulator.run(site.desk().remove_enrollment(EnrollmentKind::group, "pumps", DeskSite::anna())));
  ASSERT_EQ(site.derived_keys.rows.size(), 1U);
  EXPECT_EQ(std::get<0>(site.derived_keys.rows.begin()->first), "group valves");
}

TEST_F(GroupKeysTest, AnImportThatFailsInTheMiddleImportsNothing) {
  const std::vector<Operator::ImportItem> items = {item("pumps", primary, secondary),
                                                   item("valves", "a key")};
  for (const Errc code : {Errc::timed_out, Errc::throttled, Errc::refused, Errc::stopped}) {
    for (int n = 1; n <= 3; ++n) {
      site.tpm.fail.fail_call(n, Error(code, "on purpose"));
      const auto done = import(items);
      ASSERT_FALSE(done) << n;
      EXPECT_EQ(done.error().code, code);
      const std::string about = n == 3 ? "group valves" : "group pumps";
      EXPECT_EQ(done.error().detail, about + ": its key did not get into the TPM: on purpose");
      EXPECT_TRUE(site.enrollments.group_rows.empty());
    }
  }
  EXPECT_TRUE(import(items));
}

TEST_F(GroupKeysTest, KeysThatWereThereBeforeMoveAndTheirLeavesNoticeNothing) {
  site.tpm.become(TpmState::absent);
  ASSERT_TRUE(import({item("pumps", primary, secondary), item("valves", "the key of valves")}));
  ASSERT_EQ(provision("pump-1", primary).status, 200);
  EXPECT_EQ(move().error().code, Errc::throttled);
  EXPECT_FALSE(is_clear_of(primary));
  site.tpm.become(TpmState::ready);
  EXPECT_EQ(move().value(), 3U);
  EXPECT_TRUE(is_clear_of(primary) && is_clear_of(secondary) && is_clear_of("the key of valves"));
  EXPECT_EQ(move().value(), 0U) << "done is done";
  const Answer known = provision("pump-1", primary);
  EXPECT_EQ(known.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(known.reason, Reason::answered_from_cache);
  EXPECT_EQ(site.service.registered["pump-1"], 1);
}

TEST_F(GroupKeysTest, AMoveThatFailsGoesOnWhereItWas) {
  site.tpm.become(TpmState::absent);
  ASSERT_TRUE(import({item("pumps", primary, secondary), item("valves", "the key of valves")}));
  site.tpm.become(TpmState::ready);
  site.tpm.fail.fail_call(3, Error(Errc::timed_out, "on purpose"));
  EXPECT_EQ(move().error().code, Errc::timed_out);
  EXPECT_TRUE(is_clear_of(primary));
  EXPECT_FALSE(is_clear_of("the key of valves"));
  EXPECT_EQ(move().value(), 1U);
  site.enrollments.fail.fail_call(1, Error(Errc::store_full, "no room"));
  EXPECT_EQ(move().error().code, Errc::store_full);
}

TEST_F(GroupKeysTest, WhatIsImportedWhileItMovesStands) {
  site.tpm.become(TpmState::absent);
  ASSERT_TRUE(import({item("pumps", primary)}));
  site.tpm.become(TpmState::ready);
  site.tpm.latency = seconds(1);
  std::optional<Result<std::size_t>> moved;
  const auto go = [](GroupKeys& keys, std::optional<Result<std::size_t>>& into) -> Task<void> {
    into = co_await keys.move_group_keys();
  };
  site.simulator.spawn(go(site.group_keys(), moved));
  site.simulator.run_for(Millis(500));
  Enrollment changed = group("pumps");
  changed.primary_key = site.trust.seal(Site::key("what an operator brought"), "group pumps").value();
  changed.etag = "2";
  site.enrollments.put(changed);
  site.simulator.run_for(seconds(5));
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->value(), 1U);
  EXPECT_EQ(group("pumps").etag, "2");
  EXPECT_EQ(provision("pump-1", "what an operator brought").registration_status,
            RegistrationStatus::assigned);
}

TEST_F(GroupKeysTest, KeysInAnotherTpmAreFoundUntilTheyAreImportedAgain) {
  ASSERT_TRUE(import({item("pumps", primary, secondary)}));
  ASSERT_TRUE(site.simulator.run(site.group_keys().look_for_lost()));
  EXPECT_TRUE(site.group_keys().lost().empty());
  site.tpm.name = "tpm-2";
  TpmAnchor anchor;
  anchor.storage_name = {site.tpm.name.begin(), site.tpm.name.end()};
  site.tpm.expect(anchor);
  ASSERT_TRUE(import({item("valves", "the key of valves")}));
  ASSERT_TRUE(site.simulator.run(site.group_keys().look_for_lost()));
  EXPECT_EQ(site.group_keys().lost(), std::vector<std::string>{"group pumps"});
  ASSERT_TRUE(import({item("pumps", primary, secondary)}));
  EXPECT_TRUE(site.group_keys().lost().empty());
}

// Leaf by leaf what is foretold of it, against what it then hears.
TEST_F(GroupKeysTest, WhoseKeyWasNeverDerivedIsForetoldToWaitWhileTheTpmDerivesNothing) {
  ASSERT_TRUE(import({item("pumps", primary, secondary)}));
  ASSERT_EQ(provision("pump-1", primary).registration_status, RegistrationStatus::assigned);
  ASSERT_EQ(provision("pump-2", secondary).registration_status, RegistrationStatus::assigned);
  // As a sync learns it of a leaf that has not come here yet.
  RegistrationRecord learnt = site.registrations.records.at("pump-1");
  learnt.registration = Registration(DeskSite::id("pump-3"));
  learnt.registration.assignment = site.registrations.records.at("pump-1").registration.assignment;
  learnt.registration.assignment->credential.clear();
  site.registrations.records.insert_or_assign("pump-3", learnt);
  site.service.up = false;
  const auto expect = [this](const std::string& id, std::string_view key, Reason expected) {
    const RegistrationRecord record = site.registrations.records.at(id);
    const Decision told =
        site.desk().census().without_uplink_for(Millis(0), record, nullptr, {group("pumps")});
    EXPECT_EQ(code(told.reason), code(expected)) << id << ", foretold";
    EXPECT_EQ(code(provision(id, key).reason), code(expected)) << id;
  };
  const auto restart_with = [this](TpmState state) {
    site.tpm.become(state);
    site.close_desk();
    site.restart();
    site.open_desk();
    site.running->forwarder.doubt();
    site.simulator.run_for(seconds(30));
  };
  restart_with(TpmState::lost);
  expect("pump-1", primary, Reason::answered_from_cache);
  expect("pump-2", secondary, Reason::answered_from_cache);
  expect("pump-3", primary, Reason::trust_pending);
  restart_with(TpmState::ready);
  expect("pump-3", primary, Reason::answered_from_cache);
}

// His is on its way to the store: what is read there is still from before.
TEST_F(GroupKeysTest, NothingMovesOverAnImportThatIsUnderWay) {
  site.tpm.become(TpmState::absent);
  ASSERT_TRUE(import({item("pumps", primary)}));
  site.tpm.become(TpmState::ready);
  const Enrollment before = group("pumps");
  {
    const GroupKeys::Change change(&site.group_keys());
    EXPECT_EQ(move().error().code, Errc::conflict);
    EXPECT_EQ(group("pumps"), before);
  }
  EXPECT_EQ(move().value(), 1U);
}

}  // namespace
}  // namespace leafgate::group_keys_test

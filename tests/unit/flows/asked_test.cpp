// What an operator asks of the forwarder, also in the middle of what it is doing anyway.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::asked_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

RegistrationId id_of(const std::string& text) { return RegistrationId::parse(text).value(); }

Result<void> ask_again(Site& site, const std::string& id) {
  return site.simulator.run(site.running->forwarder.ask_again(id_of(id)));
}
Result<bool> forget(Site& site, const std::string& id) {
  return site.simulator.run(site.running->forwarder.forget(id_of(id)));
}
Result<bool> drop(Site& site, const std::string& id) {
  return site.simulator.run(site.running->forwarder.drop(id_of(id)));
}

std::string hub_of(Site& site, const std::string& id) {
  const auto& assignment = site.registrations.records.at(id).registration.assignment;
  return assignment ? assignment->assigned_hub : std::string();
}

// From before the first request of an operation until after its result is stored.
std::vector<Millis> telling_moments() {
  std::vector<Millis> moments;
  for (int at = 0; at <= 120; at += 5) moments.emplace_back(at);
  for (int at = 2940; at <= 3140; at += 5) moments.emplace_back(at);
  return moments;
}

TEST(AskAgain, BringsTheNewHubOfAMovedLeafWithoutTheLeaf) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  site.service.hubs["leaf-1"] = "hub2.azure-devices.net";
  ASSERT_TRUE(ask_again(site, "leaf-1"));
  site.simulator.run_for(seconds(10));
  EXPECT_EQ(hub_of(site, "leaf-1"), "hub2.azure-devices.net");
  EXPECT_TRUE(site.registrations.rows.empty());
  const Answer next = site.provision("leaf-1");
  EXPECT_EQ(next.reason, Reason::answered_from_cache);
  EXPECT_NE(next.state.find("hub2."), std::string::npos);
}

TEST(AskAgain, LeavesTheOperationAloneThatALeafStillPolls) {
  Site site;
  site.enroll("leaf-1");
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(10));
  ASSERT_TRUE(ask_again(site, "leaf-1"));
  site.simulator.run_for(seconds(10));
  EXPECT_EQ(site.service.registered["leaf-1"], 2);
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
}

TEST(AskAgain, JoinsWhatIsOpenAndEndsItsWaiting) {
  Site site;
  site.enroll("leaf-1");
  site.service.refuse_ids.insert("leaf-1");
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(10));
  site.service.refuse_ids.clear();
  ASSERT_TRUE(ask_again(site, "leaf-1"));
  site.simulator.run_for(seconds(10));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
}

TEST(AskAgain, IsDurableForALeafThatHasNoAssignmentYet) {
  Site site;
  site.enroll("leaf-1");
  site.service.ends["leaf-1"] = RegistrationStatus::failed;
  ASSERT_EQ(site.provision("leaf-1").registration_status, RegistrationStatus::failed);
  site.service.ends.clear();
  site.service.up = false;
  ASSERT_TRUE(ask_again(site, "leaf-1"));
  EXPECT_EQ(site.registrations.rows.size(), 1U);
  site.restart();
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  EXPECT_EQ(hub_of(site, "leaf-1"), "hub1.azure-devices.net");
}

TEST(AskAgain, SaysWhyWhereItCannotAsk) {
  Site site;
  site.enroll("never-came");
  site.enroll("no-key");
  site.enroll("payload");
  ASSERT_EQ(site.provision("no-key").status, 200);
  ASSERT_EQ(site.provision("payload", "{}").status, 200);
  site.enroll("no-key", {});
  const std::pair<const char*, Errc> cases[] = {{"never-came", Errc::not_found},
                                                {"unknown", Errc::not_found},
                                                {"no-key", Errc::not_found},
                                                {"payload", Errc::unsupported}};
  for (const auto& [id, expected] : cases) {
    const auto asked = ask_again(site, id);
    ASSERT_FALSE(asked) << id;
    EXPECT_EQ(asked.error().code, expected) << id;
    EXPECT_FALSE(asked.error().detail.empty()) << id;
  }
  EXPECT_EQ(site.running->forwarder.operations().size(), 0U);
}

TEST(Forget, TakesTheAssignmentTheRowAndWhatIsInMemory) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  EXPECT_TRUE(forget(site, "leaf-1").value());
  EXPECT_FALSE(forget(site, "leaf-1").value());
  EXPECT_TRUE(site.registrations.records.empty());
  EXPECT_EQ(site.register_leaf("leaf-1").reason, Reason::forwarded_new);
  EXPECT_TRUE(forget(site, "leaf-1").value());
  EXPECT_TRUE(site.registrations.rows.empty());
}

TEST(Forget, IsNotUndoneByAnOperationInFlightWheneverItComes) {
  for (const Millis at : telling_moments()) {
    Site site;
    site.enroll("leaf-1");
    site.registrations.commit_time = Millis(30);
    const Answer first = site.register_leaf("leaf-1");
    ASSERT_EQ(first.status, 202);
    site.simulator.run_for(at);
    EXPECT_TRUE(forget(site, "leaf-1").value()) << at.count();
    site.simulator.run_for(minutes(1));
    EXPECT_TRUE(site.registrations.records.empty()) << at.count();
    EXPECT_TRUE(site.registrations.rows.empty()) << at.count();
    EXPECT_EQ(site.running->forwarder.operations().size(), 0U) << at.count();
    EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 404) << at.count();
    EXPECT_EQ(site.provision("leaf-1").status, 200) << at.count();
  }
}

TEST(Forget, TakesAlsoWhatWaitsForItsCommitAndNotWhatComesAfterIt) {
  Site site;
  site.enroll("leaf-1");
  site.registrations.commit_time = Millis(30);
  const auto begin = [](Admission& admission, Attempt attempt) -> Task<void> {
    (void)co_await admission.admit(std::move(attempt));
  };
  const auto forget_it = [](Forwarder& forwarder) -> Task<void> {
    (void)co_await forwarder.forget(id_of("leaf-1"));
  };
  site.simulator.spawn(
      begin(site.running->admission, site.attempt("leaf-1", site.token("leaf-1"), "\"old\"")));
  site.simulator.run_for(Millis(5));
  site.simulator.spawn(forget_it(site.running->forwarder));
  site.simulator.run_for(Millis(5));
  const Answer fresh = site.register_leaf("leaf-1", "\"new\"");
  ASSERT_EQ(fresh.status, 202);
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(site.poll("leaf-1", *fresh.operation).status, 200);
  EXPECT_EQ(site.service.requests["leaf-1"].payload, "\"new\"");
  EXPECT_EQ(site.service.registered["leaf-1"], 1);
}

TEST(Forget, ThatTheStoreRefusesChangesNothing) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  const Answer first = site.register_leaf("leaf-1");
  site.registrations.fail.fail_all(Error(Errc::store_fault, "injected"));
  EXPECT_FALSE(forget(site, "leaf-1"));
  EXPECT_FALSE(drop(site, "leaf-1"));
  site.registrations.fail.heal();
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
}

TEST(Drop, EndsTheOperationHonestlyAndTheLeafRegistersAnew) {
  Site site;
  site.enroll("leaf-1");
  EXPECT_FALSE(drop(site, "leaf-1").value());
  site.service.up = false;
  const Answer first = site.register_leaf("leaf-1");
  EXPECT_TRUE(drop(site, "leaf-1").value());
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.poll("leaf-1", *first.operation).reason, Reason::operation_unknown);
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  EXPECT_EQ(site.service.registered["leaf-1"], 0);
  EXPECT_EQ(site.provision("leaf-1").status, 200);
}

TEST(Drop, KeepsMemoryAndStoreAsOneWheneverItComes) {
  for (const Millis at : telling_moments()) {
    Site site;
    site.enroll("leaf-1");
    site.registrations.commit_time = Millis(30);
    ASSERT_EQ(site.register_leaf("leaf-1").status, 202);
    site.simulator.run_for(at);
    ASSERT_TRUE(drop(site, "leaf-1"));
    site.simulator.run_for(minutes(1));
    EXPECT_TRUE(site.registrations.rows.empty()) << at.count();
    const bool stored = site.registrations.records.at("leaf-1").registration.assignment.has_value();
    const Reason next = site.register_leaf("leaf-1").reason;
    EXPECT_EQ(next, stored ? Reason::answered_from_cache : Reason::forwarded_new) << at.count();
  }
}

TEST(RetryNow, EndsTheWaitingOfAnUnconfirmedVerdict) {
  Site site;
  site.enroll("leaf-1");
  site.service.refuse_ids.insert("leaf-1");
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(10));
  site.service.refuse_ids.clear();
  EXPECT_FALSE(site.running->forwarder.retry_now("leaf-2"));
  EXPECT_TRUE(site.running->forwarder.retry_now("leaf-1"));
  EXPECT_FALSE(site.running->forwarder.retry_now("leaf-1"));
  site.simulator.run_for(seconds(10));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
}

}  // namespace
}  // namespace leafgate::asked_test

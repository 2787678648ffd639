// A leaf whose hub refuses it registers again and again; the third time the service is asked.
#include <gtest/gtest.h>

#include "gateway/flows/knocks.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::third_knock_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Case {
  const char* name;
  std::vector<int> answered;     // minutes at which the cache answered
  std::optional<int> forwarded;  // minute at which its turn was used, before all that
  int now;
  bool third;
};

TEST(Knocks, TheThirdWithinAQuarterOfAnHourOnceAnHour) {
  const Case cases[] = {
      {"the first", {}, {}, 100, false},
      {"the second", {100}, {}, 101, false},
      {"the third", {100, 101}, {}, 102, true},
      {"the third, at the last moment", {100, 101}, {}, 115, true},
      {"too late", {100, 101}, {}, 116, false},
      {"once every ten minutes", {80, 90, 100}, {}, 110, false},
      {"many", {100, 101, 102, 103}, {}, 104, true},
      {"its turn is used", {100, 101}, 99, 102, false},
      {"its turn is back", {150, 155}, 99, 159, true},
  };
  for (const Case& c : cases) {
    Knocks knocks;
    if (c.forwarded) knocks.forwarded("leaf", TimePoint(minutes(*c.forwarded)));
    for (const int minute : c.answered) knocks.answered_from_cache("leaf", TimePoint(minutes(minute)));
    EXPECT_EQ(knocks.is_third("leaf", TimePoint(minutes(c.now))), c.third) << c.name;
    EXPECT_FALSE(knocks.is_third("another", TimePoint(minutes(c.now)))) << c.name;
  }
}

TEST(Knocks, ForgetWhoKnockedLongestAgo) {
  Knocks knocks(100);
  for (int n = 0; n < 1000; ++n) knocks.answered_from_cache(std::to_string(n), TimePoint(minutes(1)));
  EXPECT_EQ(knocks.size(), 100U);
}

// A known leaf that was moved at the service while its answer here is fresh.
struct MovedLeaf : Site {
  MovedLeaf() {
    enroll("leaf-1");
    EXPECT_EQ(provision("leaf-1").status, 200);
    service.hubs["leaf-1"] = "hub2.azure-devices.net";
  }
  std::string hub_by_registering() {
    const Answer answer = provision("leaf-1");
    EXPECT_EQ(answer.registration_status, RegistrationStatus::assigned);
    return answer.state.find("hub2.") == std::string::npos ? "old" : "new";
  }
};

TEST(ThirdKnock, BringsTheNewHubByTheThirdAttemptAndNoOperator) {
  MovedLeaf site;
  EXPECT_EQ(site.hub_by_registering(), "old");
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(site.hub_by_registering(), "old");
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(site.hub_by_registering(), "new");
  EXPECT_EQ(site.service.registered["leaf-1"], 2);
  EXPECT_TRUE(site.registrations.rows.empty());
  const auto& notes = site.running->ledger.held("leaf-1")->notes;
  EXPECT_TRUE(std::any_of(notes.begin(), notes.end(),
                          [](const AttemptNote& n) { return n.reason == Reason::keeps_coming_back; }));
}

TEST(ThirdKnock, ServesDirectClientsToo) {
  MovedLeaf site;
  std::string state;
  for (int attempt = 0; attempt < 3; ++attempt) {
    Attempt direct = site.attempt("leaf-1", site.token("leaf-1"));
    direct.direct = true;
    Answer answer = site.admit(direct);
    while (answer.status == 202) {
      site.simulator.run_for(answer.retry_after);
      answer = site.poll("leaf-1", *answer.operation);
    }
    state = answer.state;
  }
  EXPECT_NE(state.find("hub2."), std::string::npos);
}

TEST(ThirdKnock, AsksAtMostOnceAnHour) {
  MovedLeaf site;
  for (int n = 0; n < 110; ++n) {
    (void)site.provision("leaf-1");
    site.simulator.run_for(minutes(1));
  }
  EXPECT_GE(site.service.registered["leaf-1"], 3);
  EXPECT_LE(site.service.registered["leaf-1"], 4);
}

TEST(ThirdKnock, IsAnsweredFromCacheWhileTheServiceIsAway) {
  MovedLeaf site;
  site.service.up = false;
  site.enroll("new");
  (void)site.register_leaf("new");
  site.simulator.run_for(seconds(10));
  for (int n = 0; n < 5; ++n) EXPECT_EQ(site.hub_by_registering(), "old");
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(site.hub_by_registering(), "new");  // its turn was not used up meanwhile
}

TEST(ThirdKnock, ThatFindsTheServiceAwayIsToldWhatIsKnown) {
  MovedLeaf site;
  (void)site.provision("leaf-1");
  (void)site.provision("leaf-1");
  site.service.up = false;
  const Answer third = site.register_leaf("leaf-1");
  EXPECT_EQ(third.reason, Reason::keeps_coming_back);
  site.simulator.run_for(seconds(5));
  EXPECT_EQ(site.poll("leaf-1", *third.operation).registration_status, RegistrationStatus::assigned);
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.hub_by_registering(), "new");
}

TEST(ThirdKnock, OfAThousandAtOnceLeavesNobodyWaitingForThePace) {
  Site site;
  const auto leaf = [](int n) { return "leaf-" + std::to_string(n); };
  for (int n = 0; n < 1000; ++n) site.enroll(leaf(n));
  for (int n = 0; n < 1000; ++n) (void)site.register_leaf(leaf(n));
  site.simulator.run_for(minutes(1));
  auto slow = site.options;
  slow.registrations_per_minute = 30;
  site.running->forwarder.set_options(slow);
  for (int n = 0; n < 1000; ++n) (void)site.register_leaf(leaf(n));
  for (int n = 0; n < 1000; ++n) (void)site.register_leaf(leaf(n));
  std::vector<Answer> third;
  for (int n = 0; n < 1000; ++n) third.push_back(site.register_leaf(leaf(n)));
  site.simulator.run_for(seconds(40));
  for (int n = 0; n < 1000; ++n)
    EXPECT_EQ(site.poll(leaf(n), *third.at(static_cast<std::size_t>(n)).operation).registration_status,
              RegistrationStatus::assigned)
        << n;
  site.simulator.run_for(minutes(40));
  EXPECT_TRUE(site.registrations.rows.empty());
}

TEST(ThirdKnock, NeedsNoRoomOnAFullDisk) {
  MovedLeaf site;
  (void)site.provision("leaf-1");
  (void)site.provision("leaf-1");
  site.registrations.fail.fail_all(Error(Errc::store_full, "no space left on device"));
  EXPECT_EQ(site.hub_by_registering(), "old");
}

}  // namespace
}  // namespace leafgate::third_knock_test

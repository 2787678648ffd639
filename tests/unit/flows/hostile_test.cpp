// Hostile and broken leaves against the real flows, in virtual time.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::hostile_test {
namespace {

using std::chrono::seconds;

struct FakePresence final : Presence {
  bool ended = false;

 private:
  void end() override { ended = true; }
};

bool says_two_devices(const AttemptNote& note) {
  return note.detail.find("two devices seem to carry this id") != std::string::npos;
}

class HostileTest : public testing::Test {
 protected:
  HostileTest() { site.enroll("leaf-1"); }

  // As a session does: virtual time goes on by itself only while nothing else is asked.
  Answer admit(Attempt attempt, Millis patience = Millis(0)) {
    const auto answer = std::make_shared<std::optional<Answer>>();
    site.simulator.spawn(asked(std::move(attempt), answer));
    site.simulator.run_for(patience);
    return answer->value_or(Answer());
  }
  Task<void> asked(Attempt attempt, std::shared_ptr<std::optional<Answer>> answer) {
    *answer = co_await site.running->admission.admit(std::move(attempt));
  }
  Answer lie(const std::string& address = "192.0.2.66") {
    Attempt attempt = site.attempt("leaf-1", site.token("leaf-1", "a guessed key"));
    attempt.source.address = address;
    return admit(std::move(attempt));
  }
  Answer tell_truth(const std::string& address, const std::shared_ptr<Presence>& presence = nullptr) {
    Attempt attempt = site.attempt("leaf-1", site.token("leaf-1"));
    attempt.source.address = address;
    attempt.presence = presence;
    return admit(std::move(attempt));
  }
  std::vector<AttemptNote> notes() { return site.running->ledger.held("leaf-1")->notes; }
  std::size_t count(Reason reason) {
    const auto all = notes();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [reason](const AttemptNote& n) { return n.reason == reason; }));
  }

  Site site;
};

TEST_F(HostileTest, WhoKeepsLyingIsSentAwayButTheTruthIsAlwaysHeard) {
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(lie().last) << i;
  const Answer held = lie();
  EXPECT_EQ(held.status, 401);
  EXPECT_TRUE(held.last);
  EXPECT_EQ(tell_truth("192.0.2.66").status, 202) << "also from behind the held address";
  EXPECT_FALSE(lie().last) << "and then nothing is held any more";
  EXPECT_EQ(tell_truth("192.0.2.7").status, 202);
}

TEST_F(HostileTest, ALieIsRememberedOfTheLeafAndOfItsSource) {
  (void)lie();
  const auto row = site.running->doors.of_address("192.0.2.66");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->notes.back().reason, Reason::wrong_key);
  EXPECT_EQ(count(Reason::wrong_key), 1U);
  EXPECT_TRUE(site.running->doors.of_claimed_id(RegistrationId::parse("leaf-1").value()).empty())
      << "told once";
}

TEST_F(HostileTest, TheDoorHearsWhoLiesAndWhoIsTrue) {
  struct FakeSources final : Sources {
    int lies = 0, truths = 0;
    void failed(std::string_view address, SourceFault) override { lies += address == "192.0.2.66" ? 1 : 0; }
    void verified(std::string_view address) override { truths += address == "192.0.2.7" ? 1 : 0; }
  } sources;
  site.running->admission.report_to(sources);
  for (int i = 0; i < 6; ++i) (void)lie();
  (void)tell_truth("192.0.2.7");
  EXPECT_EQ(sources.lies, 6) << "also the held ones";
  EXPECT_EQ(sources.truths, 1);
}

TEST_F(HostileTest, AThousandLiesLeaveTwoNotes) {
  ASSERT_EQ(tell_truth("192.0.2.7").status, 202);
  for (int i = 0; i < 1'000; ++i) (void)lie("192.0.2." + std::to_string(i % 8));
  EXPECT_EQ(count(Reason::wrong_key), 2U);
  EXPECT_EQ(count(Reason::forwarded_new), 1U);
}

TEST_F(HostileTest, ANewConnectionWithAGoodProofEndsTheOldOne) {
  const auto half_dead = std::make_shared<FakePresence>();
  const auto fresh = std::make_shared<FakePresence>();
  ASSERT_EQ(tell_truth("192.0.2.7", half_dead).status, 202);
  Attempt claimed = site.attempt("leaf-1", site.token("leaf-1", "a guessed key"));
  claimed.presence = fresh;
  EXPECT_EQ(admit(claimed).status, 401);
  EXPECT_FALSE(half_dead->ended) << "naming an id is not enough";
  EXPECT_EQ(tell_truth("192.0.2.8", fresh).status, 202);
  EXPECT_TRUE(half_dead->ended);
  ASSERT_EQ(count(Reason::taken_over), 1U);
  EXPECT_EQ(tell_truth("192.0.2.7", half_dead).status, 401) << "what it still had on the way";
  EXPECT_EQ(site.running->admission.tally().refused_by.at(Reason::taken_over), 1U);
  EXPECT_FALSE(fresh->ended);
}

TEST_F(HostileTest, TwoLeavesWithOneKeyAreToldOnceAMinute) {
  std::vector<std::shared_ptr<FakePresence>> connections;
  int told = 0;
  for (int i = 0; i < 50; ++i) {
    connections.push_back(std::make_shared<FakePresence>());
    Attempt poll = site.attempt("leaf-1", site.token("leaf-1"));
    poll.operation = OperationId::parse("5.0000000000000000.none").value();
    poll.presence = connections.back();
    poll.source.address = "192.0.2." + std::to_string(7 + i % 2);
    (void)admit(std::move(poll));
    const auto all = notes();
    told += std::any_of(all.begin(), all.end(), says_two_devices) ? 1 : 0;
    site.running->ledger.held("leaf-1")->notes.clear();
    site.simulator.run_for(seconds(1));
  }
  EXPECT_EQ(told, 1);
}

TEST_F(HostileTest, ALeafThatRegistersWithoutEndIsHeldBackAndNotRefused) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(tell_truth("192.0.2.7").status, 202);
  const Attempt attempt = site.attempt("leaf-1", site.token("leaf-1"));
  EXPECT_EQ(admit(attempt, Millis(4'900)).status, 500) << "no answer yet";
  site.simulator.run_for(Millis(101));
  EXPECT_EQ(count(Reason::attempts_too_fast), 1U);
  for (int i = 0; i < 3; ++i) EXPECT_NE(admit(attempt, Millis(5'001)).status, 500);
  EXPECT_EQ(count(Reason::attempts_too_fast), 1U);
  EXPECT_EQ(site.running->admission.tally().refused, 0U);
}

TEST_F(HostileTest, PollsAreNotPaced) {
  site.service.up = false;
  const Answer first = tell_truth("192.0.2.7");
  for (int i = 0; i < 50; ++i) {
    Attempt poll = site.attempt("leaf-1", site.token("leaf-1"));
    poll.operation = first.operation;
    EXPECT_EQ(admit(std::move(poll)).status, 202);
  }
}

TEST_F(HostileTest, AClockIn1970IsToldWithItsDistance) {
  Attempt attempt =
      site.attempt("leaf-1", site.token("leaf-1", "the primary key of it", -std::chrono::days(20'000)));
  EXPECT_EQ(admit(std::move(attempt)).status, 401);
  ASSERT_EQ(count(Reason::leaf_clock_wrong), 1U);
  EXPECT_NE(notes().back().detail.find("20000 days ago"), std::string::npos) << notes().back().detail;
}

TEST_F(HostileTest, AWrongScopeIsToldWithTheScope) {
  Attempt attempt(IdScope::parse("0neOTHER000").value(), RegistrationId::parse("leaf-1").value());
  attempt.source.address = "192.0.2.7";
  EXPECT_EQ(admit(std::move(attempt)).status, 404);
  const auto row = site.running->doors.of_address("192.0.2.7");
  ASSERT_TRUE(row);
  EXPECT_NE(row->notes.back().detail.find("0neOTHER000"), std::string::npos);
}

}  // namespace
}  // namespace leafgate::hostile_test

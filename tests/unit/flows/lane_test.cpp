// What the lane makes of answers: stories of one line each.
#include "gateway/flows/lane.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace leafgate::lane_test {
namespace {

using S = ServiceSays;
using T = Lane::Turn;
using R = Reason;
using std::chrono::minutes;
using std::chrono::seconds;

// An answer to a registration of `leaf`; `early`: it was sent before anything of the story was heard.
struct Said {
  S says;
  const char* leaf = "a";
  bool early = false;
  bool refused_before = false;
  Reason reason = R::none;
  bool reached = true;
};

constexpr Said assigned{S::assigned};
constexpr Said no_connection{S::retry, "a", false, false, R::service_unreachable, false};
constexpr Said overloaded{S::retry, "a", false, false, R::service_unreachable, true};
constexpr Said portal{S::gateway_fault, "a", false, false, R::service_answer_implausible, false};

Said nonsense(const char* leaf) {
  return {S::gateway_fault, leaf, false, false, R::service_answer_implausible, false};
}
Said refused(const char* leaf) { return {S::unconfirmed, leaf}; }
Said of(S says) { return {says}; }

struct Story {
  const char* name;
  std::vector<Said> said;
  T last_turn;
  Reason reason;  // of the link afterwards; none is up
};

// Tells the lane a story, a second between the answers.
T tell(Lane& lane, const std::vector<Said>& story, TimePoint& now) {
  T turn = T::none;
  const std::uint64_t early = lane.send();
  for (const Said& said : story) {
    now += seconds(1);
    ServiceVerdict verdict;
    verdict.says = said.says;
    verdict.reason = said.reason;
    verdict.reached = said.reached;
    Lane::Sent sent;
    sent.number = said.early ? early : lane.send();
    sent.leaf = said.leaf;
    sent.refused_before = said.refused_before;
    turn = lane.heard(verdict, sent, {now, WallTime(seconds(now.time_since_epoch() / seconds(1)))});
  }
  return turn;
}

const Story stories[] = {
    {"an assignment", {assigned}, T::none, R::none},
    {"a lost connection", {no_connection}, T::down, R::service_unreachable},
    {"and back", {no_connection, assigned}, T::up, R::none},
    {"four overloads", {4, overloaded}, T::none, R::none},
    {"five overloads", {5, overloaded}, T::down, R::service_unreachable},
    {"what makes no sense to one leaf", {portal}, T::none, R::none},
    {"and to it again, with others between",
     {portal, portal, assigned, portal, portal, assigned, portal, portal},
     T::none,
     R::none},
    {"what makes no sense to two", {portal, nonsense("b")}, T::down, R::service_answer_implausible},
    {"or to one five times, and nobody else is answered",
     {5, portal},
     T::down,
     R::service_answer_implausible},
    {"it is over", {portal, nonsense("b"), assigned}, T::refusals_over, R::none},
    {"two that were among all before",
     {{S::gateway_fault, "a", false, true, R::service_answer_implausible, false},
      {S::gateway_fault, "b", false, true, R::service_answer_implausible, false}},
     T::none,
     R::none},
    {"a portal that says 202",
     {portal, nonsense("b"), of(S::assigning)},
     T::none,
     R::service_answer_implausible},
    {"another trouble", {no_connection, portal}, T::renamed, R::service_answer_implausible},
    {"one leaf refused", {refused("a")}, T::none, R::none},
    {"one leaf refused again and again", {9, refused("a")}, T::none, R::none},
    {"two leaves refused", {refused("a"), refused("b")}, T::down, R::service_refuses_everybody},
    {"two refused, one assigned between", {refused("a"), assigned, refused("b")}, T::none, R::none},
    {"the one between was let in before",
     {refused("a"), {S::assigned, "c", true}, refused("b")},
     T::down,
     R::service_refuses_everybody},
    {"everybody, and it is over", {refused("a"), refused("b"), assigned}, T::refusals_over, R::none},
    {"everybody, and one that was let in before",
     {refused("a"), refused("b"), {S::assigned, "c", true}},
     T::none,
     R::service_refuses_everybody},
    {"everybody, and one that failed by itself",
     {refused("a"), refused("b"), of(S::failed)},
     T::refusals_over,
     R::none},
    {"everybody, and a 400",
     {refused("a"), refused("b"), of(S::refused)},
     T::none,
     R::service_refuses_everybody},
    {"everybody, and a 429",
     {refused("a"), refused("b"), of(S::throttled)},
     T::none,
     R::service_refuses_everybody},
    {"everybody, then the cable",
     {refused("a"), refused("b"), no_connection},
     T::renamed,
     R::service_unreachable},
    {"and the cable again",
     {refused("a"), refused("b"), no_connection, refused("a")},
     T::renamed,
     R::service_refuses_everybody},
    {"two that were among everybody before",
     {{S::unconfirmed, "a", false, true}, {S::unconfirmed, "b", false, true}},
     T::none,
     R::none},
};

TEST(Lane, MakesOfAnswersWhatTheyMeanForEverybody) {
  for (const Story& story : stories) {
    Lane lane([] { return std::uint64_t{7}; });
    TimePoint now{minutes(1)};
    EXPECT_EQ(tell(lane, story.said, now), story.last_turn) << story.name;
    EXPECT_EQ(lane.link().up, story.reason == R::none) << story.name;
    EXPECT_EQ(code(lane.link().reason), code(story.reason)) << story.name;
    EXPECT_EQ(lane.one_at_a_time(), !lane.link().up) << story.name;
  }
}

WallTime wall(TimePoint now) { return WallTime(seconds(now.time_since_epoch() / seconds(1))); }

TEST(Lane, EachNamedTroubleHasItsOwnBeginningAndTheOutageOne) {
  Lane lane([] { return std::uint64_t{7}; });
  TimePoint now{minutes(1)};
  const auto told = [&] { return lane.told(now, wall(now)); };
  tell(lane, {no_connection}, now);
  const WallTime first = told().since;
  tell(lane, {no_connection, no_connection}, now);
  EXPECT_EQ(told().reason_since, first);
  tell(lane, {portal}, now);
  EXPECT_GT(told().reason_since, first);
  EXPECT_EQ(told().since, first);
  tell(lane, {assigned}, now);
  EXPECT_EQ(told().since, wall(now));
}

TEST(Lane, ItsTimesFollowTheCalendar) {
  Lane lane([] { return std::uint64_t{7}; });
  TimePoint now{minutes(1)};
  tell(lane, {no_connection}, now);
  now += minutes(3);
  for (const Millis set : {Millis(std::chrono::hours(17'520)), Millis(-std::chrono::hours(17'520))})
    EXPECT_EQ(lane.told(now, wall(now) + set).since, wall(now) + set - minutes(3));
  EXPECT_EQ(lane.told(now, wall(now) + seconds(20)).since, wall(now) - minutes(3)) << "led, not set";
}

// The last run's date is all that is known of that, and no later than what this one has seen.
TEST(Lane, AnOutageOfAFormerRunIsDatedAsItWasThen) {
  Lane lane([] { return std::uint64_t{7}; });
  TimePoint now{minutes(1)};
  ServiceVerdict away;
  away.says = S::retry;
  away.reached = false;
  const WallTime begun = wall(now) + std::chrono::hours(1);  // by the right clock, which is not known yet
  lane.heard(away, {}, {now, wall(now), begun});
  now += minutes(2);
  EXPECT_EQ(lane.told(now, wall(now)).since, wall(now) - minutes(2));
  const WallTime right = begun + std::chrono::hours(5);
  EXPECT_EQ(lane.told(now, right).since, begun);
}

TEST(Lane, WaitsLongerBetweenProbesUpToAMinute) {
  std::uint64_t chance = 0;
  Lane lane([&chance] { return chance += 7'919'000'003; });
  TimePoint now{minutes(1)};
  int probes = 0;
  for (const TimePoint end = now + minutes(60); now < end; ++probes) {
    tell(lane, {refused("a"), refused("b")}, now);
    ASSERT_GT(lane.closed_until(), now - seconds(2));
    ASSERT_LE(lane.closed_until() - now, minutes(1));
    now = std::max(now, lane.closed_until());
  }
  EXPECT_GT(probes, 55);
  EXPECT_LT(probes, 300);
}

TEST(Lane, BelievesARefusalOnlyByWhatWasSentAfterIt) {
  Lane lane([] { return std::uint64_t{7}; });
  TimePoint now{minutes(1)};
  tell(lane, {refused("a")}, now);
  const std::uint64_t then = lane.sent();
  tell(lane, {refused("a")}, now);
  EXPECT_FALSE(lane.assigned_after(then));
  tell(lane, {assigned}, now);
  EXPECT_TRUE(lane.assigned_after(then));
  EXPECT_EQ(lane.refused(), 0U);
}

}  // namespace
}  // namespace leafgate::lane_test

// What the pace must hold under: a whole outage, a morning of stale leaves, a service that fails anywhere.
#include <gtest/gtest.h>

#include "gateway/crypto/hmac.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::under_pace_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string leaf(int n) { return "leaf-" + std::to_string(n); }

void set_pace(Site& site, double per_minute) {
  ForwardOptions options = site.options;
  options.registrations_per_minute = per_minute;
  site.running->forwarder.set_options(options);
}

// The most registrations that fell into any one minute.
std::size_t most_in_a_minute(const std::vector<TimePoint>& times) {
  std::size_t most = 0;
  for (std::size_t first = 0, last = 0; last < times.size(); ++last) {
    while (times[last] - times[first] >= minutes(1)) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

TEST(UnderPace, AThousandNewLeavesOfAWholeOutageAreAllAssignedAtThirtyAMinute) {
  Site site;
  set_pace(site, 30);
  for (int n = 0; n < 1000; ++n) site.enroll(leaf(n));
  site.service.up = false;
  std::vector<Answer> waiting;
  for (int n = 0; n < 1000; ++n) waiting.push_back(site.register_leaf(leaf(n)));
  for (int n = 0; n < 1000; ++n) (void)site.register_leaf(leaf(n));  // and again, as SDKs do
  EXPECT_EQ(site.registrations.rows.size(), 1000U);
  site.simulator.run_for(hours(1));
  site.service.throttle_next = 8;
  site.service.throttle_retry_after = seconds(25);
  site.service.up = true;
  site.simulator.run_for(hours(3));
  EXPECT_TRUE(site.registrations.rows.empty());
  for (int n = 0; n < 1000; ++n) {
    EXPECT_EQ(site.service.registered[leaf(n)], 1) << n;
    EXPECT_EQ(site.poll(leaf(n), *waiting.at(static_cast<std::size_t>(n)).operation).registration_status,
              RegistrationStatus::assigned);
  }
  EXPECT_LE(most_in_a_minute(site.service.register_times), 30U);
  ASSERT_EQ(site.service.throttle_times.size(), 8U);
  for (const TimePoint told : site.service.throttle_times)
    for (const TimePoint sent : site.service.register_times)
      EXPECT_TRUE(sent <= told || sent - told >= seconds(25));
}

TEST(UnderPace, TenThousandStaleLeavesAreAnsweredAtOnceAndRefreshedBehind) {
  Site site;
  for (int n = 0; n < 10'000; ++n) site.enroll(leaf(n));
  for (int n = 0; n < 10'000; ++n) (void)site.register_leaf(leaf(n));
  site.simulator.run_for(hours(25));
  ASSERT_EQ(site.service.registered.size(), 10'000U);
  set_pace(site, 30);
  site.service.register_times.clear();
  const TimePoint began = site.simulator.now();
  for (int n = 0; n < 10'000; ++n) {
    Attempt direct = site.attempt(leaf(n), site.token(leaf(n)));
    direct.direct = true;
    ASSERT_EQ(site.admit(direct).reason, Reason::answered_stale_refresh_behind) << n;
  }
  EXPECT_LT(site.simulator.now() - began, seconds(1));  // no leaf waited
  site.simulator.run_for(minutes(1));
  site.enroll("new");
  EXPECT_EQ(site.provision("new", {}, seconds(12)).status, 200);  // before ten thousand refreshes
  site.simulator.run_for(hours(6));
  EXPECT_EQ(site.running->forwarder.operations().size(), 0U);
  EXPECT_EQ(site.service.register_times.size(), 10'001U);
  EXPECT_LE(most_in_a_minute(site.service.register_times), 30U);
}

// Registers so many while the service is away, and then nothing here opens the keys of the first ones.
void queue_of_which_some_cannot_be_sent(Site& site, int all, int of_them) {
  for (int n = 0; n < all; ++n) site.enroll(leaf(n));
  site.service.up = false;
  for (int n = 0; n < all; ++n) ASSERT_EQ(site.register_leaf(leaf(n)).status, 202);
  for (int n = 0; n < of_them; ++n)
    site.enrollments.individuals.at(leaf(n)).primary_key = SealedKey{"sealed by what is not here"};
  site.running->ledger.enrollments_changed();
}

TEST(UnderPace, WhoCannotBeSentTakesNothingFromThoseWhoCan) {
  Site site;
  set_pace(site, 30);
  queue_of_which_some_cannot_be_sent(site, 80, 40);
  site.simulator.run_for(minutes(10));
  site.service.up = true;
  site.options.registrations_per_minute = 30;
  site.restart();  // all of them are ready
  site.simulator.run_for(seconds(85));
  EXPECT_TRUE(site.running->forwarder.state().up);
  EXPECT_EQ(site.service.registered.size(), 40U);
  EXPECT_EQ(site.registrations.rows.size(), 40U);
  EXPECT_LE(most_in_a_minute(site.service.register_times), 30U);
  for (int n = 0; n < 40; ++n) site.enroll(leaf(n));  // an import has brought their keys
  site.simulator.run_for(minutes(7));
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_LE(most_in_a_minute(site.service.register_times), 30U);
}

TEST(UnderPace, WithNobodyWhoCanBeSentTheServiceIsFoundAgain) {
  Site site;
  set_pace(site, 30);
  queue_of_which_some_cannot_be_sent(site, 40, 40);
  site.simulator.run_for(minutes(10));
  EXPECT_FALSE(site.running->forwarder.state().up);
  site.service.up = true;
  site.simulator.run_for(minutes(1) + seconds(10));
  EXPECT_TRUE(site.running->forwarder.state().up);
  const OpenOperation* open = site.running->forwarder.operations().find(leaf(0));
  ASSERT_NE(open, nullptr);
  EXPECT_EQ(open->waiting_for, Reason::enrollment_without_key);
  site.simulator.run_for(hours(1));
  EXPECT_LE(open->put_off, 10) << "what will not come is looked at less and less";
}

// One that was fetched alone.
void has_its_key(Site& site, Enrollment& enrollment, std::string_view key) {
  enrollment.primary_key = site.trust.seal(Site::key(key), reference(enrollment)).value();
  site.running->ledger.enrollment_changed(enrollment.kind, enrollment.id);
}

TEST(UnderPace, whose_key_has_come_goes_at_once_and_nobody_else_is_tried_for_it) {
  Site site;
  queue_of_which_some_cannot_be_sent(site, 3, 3);
  site.simulator.run_for(minutes(1));  // what was on its way has failed
  site.service.up = true;
  site.simulator.run_for(minutes(127));
  const OpenOperation* other = site.running->forwarder.operations().find(leaf(0));
  ASSERT_NE(other, nullptr);
  const int put_off = other->put_off;
  has_its_key(site, site.enrollments.individuals.at(leaf(1)), "the primary key of it");
  site.simulator.run_for(seconds(2));
  EXPECT_EQ(site.service.registered[leaf(1)], 1);
  EXPECT_EQ(other->put_off, put_off);
  for (int n = 0; n < 3; ++n) site.enroll(leaf(n));  // an import has brought all of them
  site.simulator.run_for(seconds(2));
  for (int n = 0; n < 3; ++n) EXPECT_EQ(site.service.registered[leaf(n)], 1) << n;
}

TEST(UnderPace, the_key_of_a_group_lets_its_leaves_go_at_once) {
  Site site;
  Enrollment pumps;
  pumps.kind = EnrollmentKind::group;
  pumps.id = "pumps";
  pumps.mechanism = Mechanism::symmetric_key;
  pumps.etag = "1";
  pumps.primary_key = site.trust.seal(Site::key("the key of it"), reference(pumps)).value();
  site.enrollments.put(std::move(pumps));
  site.service.up = false;
  const auto own = crypto::hmac_sha256(as_bytes("the key of it"), as_bytes("pump-1"));
  ASSERT_EQ(site.admit(site.attempt("pump-1", site.token("pump-1", as_text(own)))).status, 202);
  Enrollment& group = site.enrollments.group_rows.at("pumps");
  group.primary_key = SealedKey{"sealed by what is not here"};
  site.running->ledger.enrollments_changed();
  site.simulator.run_for(minutes(1));  // what was on its way has failed
  site.service.up = true;
  site.simulator.run_for(minutes(127));
  ASSERT_EQ(site.registrations.rows.size(), 1U);
  has_its_key(site, group, "the key of it");
  site.simulator.run_for(seconds(2));
  EXPECT_EQ(site.service.registered["pump-1"], 1);
}

TEST(UnderPace, RefreshesHoldABoundedAmountOfMemory) {
  Site site;
  const std::string payload = "\"" + std::string(60'000, 'x') + "\"";
  for (int n = 0; n < 200; ++n) site.enroll(leaf(n));
  for (int n = 0; n < 200; ++n) (void)site.register_leaf(leaf(n), payload);
  site.simulator.run_for(hours(25));
  set_pace(site, 1);
  for (int n = 0; n < 200; ++n) (void)site.register_leaf(leaf(n), payload);
  EXPECT_LE(site.running->forwarder.operations().request_octets(), std::size_t{9} * 1024 * 1024);
  EXPECT_LT(site.running->forwarder.operations().size(), 200U);
  set_pace(site, 60'000);
  site.simulator.run_for(minutes(5));
  EXPECT_EQ(site.running->forwarder.operations().request_octets(), 0U);
}

Result<ServiceAnswer> http(int status) {
  ServiceAnswer answer;
  answer.http_status = status;
  answer.error_code = status * 1000;
  answer.message = "injected";
  return answer;
}

// What the service says once, or three times on end, at any step of a conversation: the leaf is assigned in
// the end, or told what is final.
TEST(ServiceSweep, WhateverFailsWhereverTheLeafEndsRight) {
  const std::pair<const char*, Result<ServiceAnswer>> faults[] = {
      {"timeout", Error(Errc::timed_out, "injected")},
      {"cut", Error(Errc::unreachable, "injected")},
      {"implausible", Error(Errc::implausible, "injected")},
      {"untrusted", Error(Errc::untrusted, "injected")},
      {"400", http(400)},
      {"401", http(401)},
      {"403", http(403)},
      {"404", http(404)},
      {"408", http(408)},
      {"409", http(409)},
      {"429", http(429)},
      {"500", http(500)},
      {"503", http(503)}};
  for (const auto& [name, fault] : faults)
    for (int step = 1; step <= 4; ++step)  // PUT and three polls
      for (const int times : {1, 3}) {
        Site site;
        site.enroll("leaf-1");
        site.service.polls_until_done = 2;
        for (int n = 0; n < times; ++n) site.service.at_call.emplace(step + n, fault);
        const Answer first = site.register_leaf("leaf-1");
        site.simulator.run_for(hours(1));
        const Answer end = site.poll("leaf-1", *first.operation);
        const bool final = std::string_view(name) == "400" || std::string_view(name) == "409";
        EXPECT_EQ(end.status, final ? fault->http_status : 200) << name << " at " << step;
        EXPECT_TRUE(site.registrations.rows.empty()) << name << " at " << step;
        EXPECT_TRUE(site.running->forwarder.state().up) << name << " at " << step;
        site.service.at_call.clear();
        EXPECT_EQ(site.provision("leaf-1").status, 200) << name << " at " << step;
      }
}

TEST(OutboxHygiene, ALeafDisabledWhileItsRowWaitedIsNotForwarded) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(5));  // what was on its way has failed
  site.enroll("leaf-1", "the primary key of it", {}, false, "2");
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.service.registered["leaf-1"], 0);
  EXPECT_EQ(site.poll("leaf-1", *first.operation).registration_status, RegistrationStatus::disabled);
  site.enroll("leaf-1", "the primary key of it", {}, true, "3");
  EXPECT_EQ(site.provision("leaf-1").registration_status, RegistrationStatus::assigned);
}

TEST(OutboxHygiene, ALeafThatIsEnrolledNoMoreEndsAsUnknown) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(5));
  site.enrollments.individuals.erase("leaf-1");
  site.running->ledger.enrollments_changed();
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  const auto& outcome = site.registrations.records.at("leaf-1").registration.outcome;
  ASSERT_TRUE(outcome);
  EXPECT_EQ(code(outcome->reason), code(Reason::unknown_enrollment));
}

TEST(OutboxHygiene, ALeafWhoseKeyIsGoneEndsWithAReasonAndComesBackWithIt) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(5));  // what was on its way has failed
  site.enroll("leaf-1", {});
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.running->forwarder.operations().size(), 0U);
  const auto& outcome = site.registrations.records.at("leaf-1").registration.outcome;
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->reason, Reason::enrollment_without_key);
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 401);
  site.enroll("leaf-1");
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 401);  // its end; an SDK registers again
  EXPECT_EQ(site.provision("leaf-1").status, 200);
}

}  // namespace
}  // namespace leafgate::under_pace_test

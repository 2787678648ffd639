// Promises made while nobody knew the time, and what follows when it is known (semantics §3, row 3b; §5).
#include "gateway/flows/time_watch.hpp"

#include <gtest/gtest.h>

#include "tests/unit/flows/certificate_site.hpp"

namespace leafgate::time_watch_test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const RegistrationId some_id = RegistrationId::parse("leaf-1").value();
constexpr WallTime noon{hours(497'004)};

TEST(TrueTime, judges_a_proof_by_when_it_was_taken_not_by_when_it_is_judged) {
  const struct {
    const char* name;
    std::optional<Millis> begins, ends;  // after noon
    Millis taken, judged;  // on the clock nobody can set, at noon by the true one when it says 1 h
    bool stale;
  } rows[] = {
      {"nothing to judge by", {}, {}, hours(0), hours(2), false},
      {"in its time, and over since", {}, minutes(30), hours(1), hours(9), false},
      {"to the end", {}, minutes(0), hours(1), hours(1), false},
      {"a moment late", {}, Millis(-1), hours(1), hours(1), true},
      {"long over", {}, -days(900), hours(1), hours(2), true},
      {"not begun yet", minutes(1), {}, hours(1), hours(2), true},
      {"begun", minutes(0), days(1), hours(1), hours(2), false},
      {"not begun when it was taken, by now it has", minutes(-30), days(1), minutes(20), hours(2), true},
  };
  for (const auto& row : rows) {
    UntimedProof proof(some_id, "op");
    proof.taken_at = TimePoint(row.taken);
    if (row.begins) proof.span.begins = noon + *row.begins;
    if (row.ends) proof.span.ends = noon + *row.ends;
    const WallTime wall = noon + (row.judged - hours(1));
    const TrueTime truth = true_time(proof, TimePoint(row.judged), wall);
    EXPECT_EQ(truth.taken_at, noon + (row.taken - hours(1))) << row.name;
    EXPECT_EQ(truth.stale, row.stale) << row.name;
  }
}

TEST(ClockJumps, sees_a_clock_that_was_set_and_none_that_runs) {
  const struct {
    const char* name;
    Millis passed, wall;  // between two looks
    bool told;
  } rows[] = {
      {"runs", seconds(30), seconds(30), false},
      {"is led", seconds(30), Millis(30'015), false},
      {"asleep for a week", days(7), days(7), false},
      {"a minute", seconds(30), seconds(90), false},
      {"more", seconds(30), Millis(90'001), true},
      {"back by less", seconds(30), -seconds(30), false},
      {"back", seconds(30), -seconds(31), true},
      {"ten years on", seconds(5), days(3'653), true},
      {"ten years back", seconds(5), -days(3'653), true},
      {"to 1970", seconds(5), -noon.time_since_epoch(), true},
  };
  for (const auto& row : rows) {
    ClockJumps jumps;
    EXPECT_EQ(jumps.look(TimePoint(hours(1)), noon), std::nullopt) << row.name;
    const auto told = jumps.look(TimePoint(hours(1) + row.passed), noon + row.wall);
    EXPECT_EQ(told.has_value(), row.told) << row.name;
    EXPECT_EQ(told.value_or(row.wall - row.passed), row.wall - row.passed) << row.name;
    EXPECT_EQ(jumps.look(TimePoint(hours(1) + row.passed + seconds(1)), noon + row.wall + seconds(1)),
              std::nullopt)
        << row.name << ": told once";
  }
}

TEST(UntimedProofs, keep_the_newest_of_each_leaf_and_no_more_than_there_is_room_for) {
  UntimedProofs proofs(100);
  for (int n = 0; n < 250; ++n) {
    UntimedProof proof(RegistrationId::parse("leaf-" + std::to_string(n % 150)).value(), std::to_string(n));
    proof.taken_at = TimePoint(seconds(n + 1));
    proofs.add(std::move(proof));
  }
  EXPECT_EQ(proofs.size(), 100U);
  EXPECT_EQ(proofs.dropped(), 150U);
  EXPECT_EQ(proofs.oldest()->operation, "150");
  EXPECT_TRUE(proofs.awaits("leaf-99"));
  EXPECT_FALSE(proofs.awaits("leaf-149"));
  UntimedProof first = *proofs.oldest();
  UntimedProof newer(first.id, "newer");
  newer.taken_at = TimePoint(hours(1));
  proofs.add(newer);
  proofs.judged(first);
  EXPECT_TRUE(proofs.awaits(first.id.key())) << "a newer one has come meanwhile";
  proofs.judged(newer);
  EXPECT_FALSE(proofs.awaits(first.id.key()));
}

// A gateway that woke up without knowing the time: its clock stands in 1970.
struct UntimedSite : Site {
  const WallTime truth = clock.start;
  UntimedSite() {
    for (const char* id : {"leaf-1", "leaf-2"}) enroll(id);
    lose_time();
  }
  void lose_time() {
    clock.start = WallTime(hours(1));
    clock.quality = ClockQuality::unsynced;
  }
  void learn_time() {
    clock.start = truth;
    clock.quality = ClockQuality::synced;
  }
  // Good from the true now on for that long; what is behind lies in the past.
  std::string token_for(const std::string& id, Millis lives) const {
    const WallTime now = truth + (clock.now().at - clock.start);
    return mint_sas_token(policy.id_scope, RegistrationId::parse(id).value(),
                          as_bytes("the primary key of it"), now + lives);
  }
  Answer poll_with(const std::string& id, const std::string& with, const OperationId& operation) {
    Attempt a = attempt(id, with);
    a.operation = operation;
    return admit(std::move(a));
  }
  bool was_told(Reason reason) const {
    const auto batch = running->events.after(0, 1'000);
    return std::any_of(batch.events.begin(), batch.events.end(),
                       [&](const Event& e) { return e.reason == reason; });
  }
};

TEST(TimeWatch, takes_back_what_was_promised_on_a_stale_token_and_goes_on_with_the_rest) {
  UntimedSite site;
  const std::string stale = site.token_for("leaf-1", -days(30));
  const Answer old = site.admit(site.attempt("leaf-1", stale));
  const Answer good = site.admit(site.attempt("leaf-2", site.token_for("leaf-2", hours(1))));
  EXPECT_EQ(old.status, 202);
  EXPECT_EQ(good.status, 202);
  EXPECT_EQ(site.registrations.rows.size(), 2U);
  EXPECT_EQ(site.running->admission.untimed(), 2U);
  site.simulator.run_for(minutes(30));
  EXPECT_EQ(site.poll_with("leaf-1", stale, *old.operation).status, 202) << "nobody knows better yet";
  site.learn_time();
  site.simulator.run_for(seconds(12));
  EXPECT_EQ(site.service.registered["leaf-1"], 0);
  EXPECT_EQ(site.service.registered["leaf-2"], 1);
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.running->time_watch.tally().stale, 1U);
  EXPECT_EQ(site.running->time_watch.tally().held_good, 1U);
  EXPECT_TRUE(site.was_told(Reason::stale_by_true_time));
  EXPECT_EQ(site.running->ledger.held("leaf-1")->notes.back().reason, Reason::stale_by_true_time);
  EXPECT_EQ(site.poll_with("leaf-1", stale, *old.operation).reason, Reason::token_expired);
  EXPECT_EQ(site.poll("leaf-1", *old.operation).reason, Reason::operation_unknown);
  EXPECT_EQ(site.provision("leaf-1").registration_status, RegistrationStatus::assigned);
}

TEST(TimeWatch, tells_nothing_from_the_cache_on_a_stale_token_until_the_leaf_registers_anew) {
  UntimedSite site;
  site.learn_time();
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  site.lose_time();
  const std::string stale = site.token_for("leaf-1", -hours(1));
  const Answer told = site.admit(site.attempt("leaf-1", stale));
  ASSERT_EQ(told.reason, Reason::answered_from_cache);
  site.learn_time();
  EXPECT_EQ(site.poll_with("leaf-1", stale, *told.operation).status, 401) << "at once, not at the next look";
  site.simulator.run_for(seconds(31));
  EXPECT_EQ(site.poll("leaf-1", *told.operation).reason, Reason::operation_unknown);
  const Answer anew = site.register_leaf("leaf-1");
  EXPECT_EQ(anew.reason, Reason::answered_from_cache);
  EXPECT_EQ(site.poll("leaf-1", *anew.operation).status, 200);
}

TEST(TimeWatch, lets_a_token_that_lived_when_it_was_taken_open_its_polls) {
  UntimedSite site;
  const std::string brief = site.token_for("leaf-1", seconds(30));
  const Answer told = site.admit(site.attempt("leaf-1", brief));
  site.simulator.run_for(minutes(20));
  site.learn_time();
  EXPECT_EQ(site.poll_with("leaf-1", brief, *told.operation).status, 202) << "not judged yet";
  site.simulator.run_for(seconds(20));
  EXPECT_EQ(site.poll_with("leaf-1", brief, *told.operation).status, 200);
}

TEST(TimeWatch, forgets_the_doubt_about_a_leaf_that_proved_itself_by_a_known_time) {
  UntimedSite site;
  site.service.up = false;
  (void)site.admit(site.attempt("leaf-1", site.token_for("leaf-1", -days(1))));
  site.learn_time();
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(site.running->time_watch.tally().stale, 0U);
  EXPECT_EQ(site.registrations.rows.size(), 1U);
}

TEST(TimeWatch, tries_again_what_the_store_could_not_take_back) {
  UntimedSite site;
  (void)site.admit(site.attempt("leaf-1", site.token_for("leaf-1", -days(1))));
  site.registrations.fail.fail_all(Error(Errc::store_full, "no room"));
  site.learn_time();
  site.simulator.run_for(minutes(5));
  EXPECT_EQ(site.service.registered["leaf-1"], 0) << "the service hears of nobody that is in doubt";
  EXPECT_EQ(site.registrations.rows.size(), 1U);
  site.registrations.fail.heal();
  site.simulator.run_for(seconds(10));
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.running->time_watch.tally().stale, 1U);
  EXPECT_EQ(site.service.registered["leaf-1"], 0);
}

TEST(TimeWatch, lets_go_who_was_judged_late_as_soon_as_that_is_done) {
  UntimedSite site;
  (void)site.admit(site.attempt("leaf-1", site.token_for("leaf-1", -days(1))));
  (void)site.admit(site.attempt("leaf-2", site.token_for("leaf-2", hours(1))));
  site.simulator.run_for(hours(2));
  site.registrations.fail.fail_all(Error(Errc::store_full, "no room"));
  site.learn_time();
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(site.service.registered["leaf-2"], 0) << "it stands behind one that cannot be taken back yet";
  site.registrations.fail.heal();
  site.simulator.run_for(seconds(10));
  EXPECT_EQ(site.service.registered["leaf-2"], 1);
}

// What is in the outbox rests on the proof that put it there, and on the best of those that joined it.
TEST(TimeWatch, keeps_what_was_accepted_on_a_good_token_when_the_leaf_comes_again_with_a_stale_one) {
  for (const bool before_the_restart : {true, false}) {
    UntimedSite site;
    site.service.up = false;
    if (before_the_restart) {
      site.learn_time();
      (void)site.register_leaf("leaf-2");  // finds out
      site.simulator.run_for(minutes(5));
    }
    const Answer good = site.admit(site.attempt("leaf-1", site.token_for("leaf-1", hours(1))));
    ASSERT_EQ(good.status, 202);
    site.lose_time();
    if (before_the_restart) site.restart();
    const std::string stale = site.token_for("leaf-1", -hours(2));
    ASSERT_EQ(site.admit(site.attempt("leaf-1", stale)).reason, Reason::joined_open_operation);
    site.simulator.run_for(minutes(1));
    site.learn_time();
    site.simulator.run_for(seconds(12));
    EXPECT_EQ(site.running->time_watch.tally().stale, 1U);
    EXPECT_EQ(site.poll_with("leaf-1", stale, *good.operation).status, 401);
    EXPECT_EQ(site.poll("leaf-1", *good.operation).status, 202);
    site.service.up = true;
    site.simulator.run_for(minutes(3));
    EXPECT_EQ(site.service.registered["leaf-1"], 1) << before_the_restart;
    EXPECT_EQ(site.poll("leaf-1", *good.operation).status, 200);
  }
}

TEST(TimeWatch, takes_back_what_only_stale_tokens_have_asked_for_however_often) {
  UntimedSite site;
  site.service.up = false;
  (void)site.register_leaf("leaf-2");
  site.simulator.run_for(minutes(5));
  for (const Millis ended : {hours(1), hours(2)})
    ASSERT_EQ(site.admit(site.attempt("leaf-1", site.token_for("leaf-1", -ended))).status, 202);
  ASSERT_TRUE(site.registrations.outcomes.promises.contains("leaf-1"));
  site.learn_time();
  site.simulator.run_for(seconds(12));
  for (const auto& [sequence, row] : site.registrations.rows) EXPECT_NE(row.id.key(), "leaf-1");
  const Promise& promise = site.registrations.outcomes.promises.at("leaf-1");
  EXPECT_EQ(promise.state, PromiseState::refused);
  EXPECT_EQ(promise.reason, Reason::stale_by_true_time);
  EXPECT_TRUE(promise.is_settled());
}

TEST(TimeWatch, takes_nobody_where_an_untrusted_clock_refuses) {
  UntimedSite site;
  site.policy.untrusted_clock = UntrustedClockPolicy::refuse;
  site.running->admission.set_policy(site.policy);
  EXPECT_EQ(site.admit(site.attempt("leaf-1", site.token_for("leaf-1", hours(1)))).reason,
            Reason::time_unknown);
  EXPECT_EQ(site.running->admission.untimed(), 0U);
}

struct UntimedCertificates : CertificateSite {};

TEST_F(UntimedCertificates, are_judged_by_their_dates_as_well) {
  enroll(EnrollmentKind::group, "line", ca_);
  for (const char* id : {"pump-07", "pump-08"}) service_has_assigned(id);
  const WallTime truth = site_.clock.start;
  const auto expired = CertificateMaker("pump-08").by(ca_).days(-300, -10).make();
  site_.clock.start = WallTime(hours(1));
  site_.clock.quality = ClockQuality::unsynced;
  EXPECT_EQ(show({leaf_}).status, 202);
  EXPECT_EQ(site_.admit(attempt({expired}, "pump-08")).status, 202);
  ASSERT_EQ(site_.running->admission.untimed(), 2U);
  site_.clock.start = truth;
  site_.clock.quality = ClockQuality::plausible;
  site_.simulator.run_for(seconds(10));
  EXPECT_EQ(site_.running->time_watch.tally().held_good, 1U);
  EXPECT_EQ(site_.running->time_watch.tally().stale, 1U);
  EXPECT_EQ(site_.running->ledger.held("pump-08")->notes.back().reason, Reason::stale_by_true_time);
}

}  // namespace
}  // namespace leafgate::time_watch_test

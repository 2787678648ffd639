// 400 days without the service, 1,000 leaves that register every day, a tenth of them by a TPM, the real
// store and a power cut every 20 days, in virtual time (semantics §5). The gateway's own certificate lives 60
// days and is renewed every 45: by both files at once, by the certificate a day before its key, and with a
// power cut between the two. A leaf that would not take what is shown is not answered that day, and there is
// no such day.
#include <iostream>

#include <gmock/gmock.h>

#include "tests/unit/outage/long_outage_tpm.hpp"

namespace leafgate::long_outage_test {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

constexpr int last_day = 400;
constexpr int power_cut_every = 20;
constexpr int own_renewed_every = 45;

class LongOutageTest : public LongOutageOfTpms {
 protected:
  Day all;
  std::size_t cuts = 0;
  std::size_t own_whole = 0;  // renewals of the own certificate, by how they went
  std::size_t own_half = 0;
  std::size_t own_cut = 0;
  std::size_t days_shut = 0;   // nothing was shown, or no leaf took it
  std::size_t days_shown = 0;  // a leaf took what was
  Millis least_left = days(OwnPair::life);
  int next_renewal = own_renewed_every;
  bool key_is_missing = false;

  void off_and_on() {
    power_cut(++cuts % 2 == 0);
    start_own();
    running->forwarder.doubt();
    simulator.run_for(hours(4));
    ASSERT_FALSE(running->forwarder.state().up) << today;
    today += static_cast<int>(powered_off / days(1));
  }
  // At power-on, whatever the files are then: nobody comes to start it again.
  void start_own() {
    const auto started = own.start();
    EXPECT_TRUE(started) << "on day " << today << ": " << started.error().detail;
  }
  void key_comes() {
    if (!key_is_missing) return;
    own.write_key();
    key_is_missing = false;
  }
  // Whole, half, and half with a power cut behind it, in turn.
  void renew_own() {
    next_renewal = today + own_renewed_every;
    const auto turn = (own_whole + own_half + own_cut) % 3;
    if (turn == 0) {
      ++own_whole;
      own.renew();
      return;
    }
    own.renew_half();
    key_is_missing = true;
    ++(turn == 1 ? own_half : own_cut);
    if (turn == 2) off_and_on();
  }
  // What is shown today, and whether anybody would take it.
  bool shows_itself() {
    if (own.runs()) own.watch();
    if (!own.is_shown() || !own.is_taken_by_leaves()) {
      ++days_shut;
      return false;
    }
    if (key_is_missing) {
      EXPECT_THAT(own.refusal(), HasSubstr("gw.key: not the key of the first certificate in")) << today;
      EXPECT_THAT(own.refusal(), HasSubstr("the one in use")) << today;
    } else {
      EXPECT_EQ(own.refusal(), "") << today;
    }
    least_left = std::min(least_left, own.left());
    ++days_shown;
    return true;
  }
  void live_through_the_outage() {
    for (today = 1; today <= last_day;) {
      key_comes();
      if (today >= next_renewal) renew_own();
      const bool is_open = shows_itself();
      if (is_open) simulator.run(one_day(all));
      if (is_open) simulator.run(one_day_of_tpms());
      save_powered();
      simulator.run_for(hours(24) - (clock.now().at.time_since_epoch() % days(1)));
      ++today;
      if (today % power_cut_every == 0) off_and_on();
    }
  }
};

TEST_F(LongOutageTest, RefusesNobodyStaysSmallAndSettlesEverything) {
  stop(true);
  const auto empty = octets();
  start();
  add(Kind::trusted_long, 210);
  add(Kind::trusted_short, 200);
  add(Kind::told_ahead, 100);
  add(Kind::waiting, 100);
  add(Kind::changing, 100);
  add(Kind::by_certificate_long, 100);
  add(Kind::by_certificate_short, 50);
  add(Kind::renewing, 30);
  add(Kind::renewing_by_link, 10);
  add_tpms(TpmKind::trusted_long, 60);
  add_tpms(TpmKind::trusted_short, 10);
  add_tpms(TpmKind::unseen, 10);
  add_tpms(TpmKind::new_owner, 10);
  add_tpms(TpmKind::changing, 10);
  const std::size_t number = leaves.size() + tpms.size();
  ASSERT_EQ(number, 1000 / scale);
  enroll_all();
  enroll_tpms();
  learn_all();

  for (const Leaf& leaf : leaves) {  // the service is there, and whoever is not new is assigned
    if (leaf.from_day > 0) continue;
    const Answer first = simulator.run(running->admission.admit(attempt(leaf)));
    EXPECT_EQ(first.status, leaf.chain ? 200 : 202);
  }
  provision_tpms();
  simulator.run_for(minutes(10));
  ASSERT_EQ(outbox(), 0U);
  stop(true);
  const auto assigned = octets();
  start();

  service.up = false;
  service.latency = hours(3);  // a probe runs into its deadline
  running->forwarder.doubt();
  simulator.run_for(hours(4));
  ASSERT_FALSE(running->forwarder.state().up);
  live_through_the_outage();
  EXPECT_EQ(all.refused, 0U);
  EXPECT_EQ(all.wrong, 0U);
  EXPECT_GT(all.answered + tpm_days.answered, 180'000 / scale);
  expect_tpms_heard_right();
  EXPECT_GT(all.renewed, 160 / scale);
  EXPECT_GE(std::min({own_whole, own_half, own_cut}), 2U);
  EXPECT_GT(least_left, days(0));
  EXPECT_EQ(days_shut, 0U);  // also where the power went between certificate and key
  const PromiseCounts promised = counts();
  EXPECT_EQ(promised.of(PromiseState::provisional), 100 / scale);
  EXPECT_EQ(promised.of(PromiseState::queued), 400 / scale);  // waiting, changing, and trust that ended
  EXPECT_EQ(promised.of(PromiseState::needs_the_leaf), 60 / scale);
  EXPECT_EQ(outbox(), 500 / scale);
  const std::vector<Outage> outages = run_task(store->reconciliations().outages()).value();
  ASSERT_EQ(outages.size(), 1U);  // one, whatever the power did
  EXPECT_EQ(outages.front().promises(), 560 / scale);

  service.up = true;
  service.latency = Millis(20);
  simulator.run_for(hours(7));
  ASSERT_TRUE(running->forwarder.state().up);
  EXPECT_EQ(outbox(), 0U);
  EXPECT_EQ(counts().of(PromiseState::confirmed), 500 / scale);
  EXPECT_EQ(send_through(), 10 / scale);
  learn_all();  // whom only their own connections could settle
  EXPECT_EQ(counts().of(PromiseState::confirmed), 560 / scale);
  EXPECT_EQ(counts().of(PromiseState::needs_the_leaf), 0U);
  provision_tpms();
  std::size_t answered = 0;
  for (Leaf& leaf : leaves) leaf.kind = leaf.kind == Kind::changing ? leaf.kind : Kind::trusted_long;
  for (const Leaf& leaf : leaves) {
    const Answer answer = simulator.run(running->admission.admit(attempt(leaf)));
    if (answer.registration_status == RegistrationStatus::assigned) ++answered;
  }
  EXPECT_EQ(answered, leaves.size());
  stop(true);
  const auto after = octets();
  std::cout << "octets of the store: empty " << empty << ", 1,000 enrolled and assigned " << assigned
            << ", after " << last_day << " days " << after << ": " << (after - empty) / number
            << " a leaf, keys for hubs among it " << key_octets() / number << "; " << all.answered
            << " answered, " << all.waiting << " waited, " << cuts << " power cuts; " << all.renewed
            << " certificates of leaves renewed; the own one " << own_whole << " times whole, " << own_half
            << " by halves, " << own_cut << " with a power cut between, shown on " << days_shown
            << " days, not on " << days_shut << ", least left "
            << std::chrono::duration_cast<days>(least_left).count() << " days\n";
  tell_of_tpms();
  EXPECT_LE(after - empty - key_octets(), 2048 * number + (scale == 1 ? 0 : 400'000));
}

}  // namespace
}  // namespace leafgate::long_outage_test

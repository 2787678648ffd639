#include "gateway/flows/renewals.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::renewals_test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class RenewalsTest : public ::testing::Test {
 protected:
  Site site_;
  Reason doubt_ = Reason::none;
  std::unique_ptr<Renewals> renewals_;
  bool confirmed_otherwise_ = false;

  RenewalsTest() {
    site_.options.registrations_per_minute = 60;
    site_.restart();
  }
  ~RenewalsTest() override {
    if (renewals_) renewals_->stop();
    site_.running->forwarder.stop();
    site_.running->outages.stop();
    site_.running->derivations.stop();
    site_.running->time_watch.stop();
    site_.simulator.run_until_idle();
  }
  void run() {
    renewals_ = std::make_unique<Renewals>(
        site_.simulator.executor(),
        Renewals::Ports{site_.enrollments, site_.registrations, site_.running->ledger,
                        site_.running->forwarder, site_.running->meter, site_.policy, doubt_});
    renewals_->stand_back_while([this] { return confirmed_otherwise_; });
    site_.simulator.spawn(renewals_->run());
  }
  void provision(int count, const std::string& payload = {}) {
    for (int i = 0; i < count; ++i) {
      const std::string id = (payload.empty() ? "pump-" : "paid-") + std::to_string(i);
      site_.enroll(id);
      ASSERT_EQ(site_.provision(id, payload).registration_status, RegistrationStatus::assigned);
    }
  }
  Millis age(const std::string& id) {
    const auto& assignment = site_.registrations.records.at(id).registration.assignment;
    return site_.running->meter.now() - assignment->confirmed_at;
  }
  Millis oldest(int count) {
    Millis out{0};
    for (int i = 0; i < count; ++i) out = std::max(out, age("pump-" + std::to_string(i)));
    return out;
  }
};

TEST_F(RenewalsTest, KeepHalfOfEveryTrustUnused) {
  provision(40);
  run();
  Millis worst{0};
  for (int day = 0; day < 60; ++day) {
    site_.simulator.run_for(days(1));
    worst = std::max(worst, oldest(40));
  }
  EXPECT_LE(worst, days(15));
  EXPECT_GE(worst, days(7));  // and not asked without need
  EXPECT_EQ(site_.registrations.rows.size(), 0U);
}

TEST_F(RenewalsTest, TakeATenthOfThePace) {
  provision(40);
  run();
  const auto before = site_.service.register_times.size();
  site_.simulator.run_for(days(9));
  const auto& times = site_.service.register_times;
  ASSERT_GT(times.size(), before + 30);
  for (std::size_t i = before + 1; i < times.size(); ++i)
    EXPECT_GE(times[i] - times[i - 1], std::chrono::seconds(9));  // 6 a minute
}

TEST_F(RenewalsTest, LeaveToTheLeafWhatOnlyTheLeafCanAsk) {
  provision(3, R"({"model":1})");
  run();
  const int calls = site_.service.calls;
  site_.simulator.run_for(days(20));
  EXPECT_EQ(site_.service.calls, calls);
  EXPECT_EQ(renewals_->by_leaf_alone(), 3U);
  EXPECT_EQ(renewals_->asked(), 0U);
}

TEST_F(RenewalsTest, AskForNothingWhileSomethingElseConfirmsOrTheServiceIsAway) {
  provision(5);
  confirmed_otherwise_ = true;
  run();
  site_.simulator.run_for(days(12));
  EXPECT_EQ(renewals_->asked(), 0U);
  EXPECT_EQ(renewals_->due(), 0U);  // not even walked through
  confirmed_otherwise_ = false;
  doubt_ = Reason::store_foreign;
  site_.simulator.run_for(days(1));
  EXPECT_EQ(renewals_->asked(), 0U);
  doubt_ = Reason::none;
  site_.simulator.run_for(days(1));
  EXPECT_EQ(renewals_->asked(), 5U);
}

TEST_F(RenewalsTest, GoByTheAgeThatAnEnrollmentSetsItself) {
  provision(2);
  site_.enrollments.individuals.at("pump-0").offline_max_age = days(4);
  site_.running->ledger.enrollments_changed();
  run();
  site_.simulator.run_for(days(3));
  EXPECT_LE(age("pump-0"), days(2));
  EXPECT_GE(age("pump-1"), days(3));
}

// What is being asked already is asked again by whoever asks it: a walk that finds nobody else rests.
TEST_F(RenewalsTest, RestWhileWhoIsDueWaitsForTheServiceAlready) {
  provision(2);
  site_.service.polls_until_done = 1'000'000;  // it comes to no end
  run();
  site_.simulator.run_for(days(9));
  EXPECT_EQ(renewals_->asked(), 2U) << "who is being asked is not asked again";
  for (const char* id : {"pump-0", "pump-1"})
    EXPECT_NE(site_.running->forwarder.operations().find(id), nullptr) << id;
  site_.service.polls_until_done = 0;
  site_.simulator.run_for(days(1));
  EXPECT_LE(oldest(2), days(1));
}

}  // namespace
}  // namespace leafgate::renewals_test

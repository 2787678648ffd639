// What strangers can make the TPM do, and what of it a leaf feels that comes for the first time.
#include <gtest/gtest.h>

#include "tests/unit/flows/derivation_site.hpp"

namespace leafgate::derivation_storm_test {
namespace {

using std::chrono::seconds;

class DerivationStormTest : public testing::Test {
 protected:
  DerivationSite site;

  void visit(Attempt a) {
    const auto go = [](Admission& admission, Attempt attempt) -> Task<void> {
      (void)co_await admission.admit(std::move(attempt));
    };
    site.simulator.spawn(go(site.running->admission, std::move(a)));
  }
  // 500 unknown ids a second from 8 addresses, each id once.
  void strangers(Millis duration) {
    for (const TimePoint end = site.simulator.now() + duration; site.simulator.now() < end;) {
      const std::string id = "pump-stranger-" + std::to_string(made_);
      Attempt a = site.attempt(id, site.group_token(id, "a guess"));
      a.source.address = "198.51.100." + std::to_string(made_ % 8);
      ++made_;
      visit(std::move(a));
      site.simulator.run_for(Millis(2));
    }
  }
  // How long until the TPM has derived for a leaf that registers now, while they go on.
  Millis delay_of(const Attempt& a) {
    const TimePoint begin = site.simulator.now();
    visit(a);
    const auto before = site.derived_keys.rows.size();
    while (site.derived_keys.rows.size() == before && site.simulator.now() - begin < seconds(60))
      strangers(Millis(10));
    return std::chrono::duration_cast<Millis>(site.simulator.now() - begin);
  }

  int made_ = 0;
};

TEST_F(DerivationStormTest, DelaysAnHonestFirstContactByNoMoreThanTwoSeconds) {
  struct Case {
    const char* name;
    int groups;  // that admit the id
    bool matched;
    bool secondary;
    const char* id;
    Millis latency;
  };
  const std::vector<Case> cases = {
      {"one group", 1, true, false, "pump-1", Millis(20)},
      {"one group, slow", 1, true, false, "pump-1", Millis(70)},
      {"one group without match, slow", 1, false, false, "pump-1", Millis(70)},
      {"derived in lower case, slow", 1, true, true, "Pump-1", Millis(70)},
      {"the last of four groups without match, slow", 4, false, true, "pump-1", Millis(70)},
  };
  for (const Case& c : cases) {
    site.enrollments.group_rows.clear();
    for (int i = 1; i <= c.groups; ++i) {
      const std::string name = "group-" + std::to_string(i);
      const std::string key = i == c.groups ? "the primary group key" : "another key " + name;
      std::vector<std::string> match;
      if (c.matched) match.emplace_back("pump-*");
      site.enroll_group(name, std::move(match), key, c.secondary ? "the other " + key : "");
    }
    site.restart();
    site.derived_keys.rows.clear();
    site.tpm.latency = c.latency;
    strangers(seconds(4));
    Attempt honest =
        site.attempt(c.id, site.group_token(c.id, "the primary group key", ascii_lower(c.id)), "1");
    const Millis delay = delay_of(honest);
    EXPECT_LE(delay, seconds(2)) << c.name << ": " << delay.count() << " ms";
    EXPECT_LE(site.derivations().waiting(), 64U) << c.name;
    EXPECT_EQ(site.derived_keys.rows.size(), 1U) << c.name << ": strangers fill nothing";
  }
}

TEST_F(DerivationStormTest, ItsPollAfterThreeSecondsGoesOnToTheService) {
  site.enroll_group("pumps");
  site.tpm.latency = Millis(70);
  strangers(seconds(4));
  const Attempt honest = site.leaf("pump-1", "1", "192.0.2.7");
  const Answer told = site.admit(honest);
  ASSERT_EQ(told.reason, Reason::trust_pending);
  strangers(told.retry_after);
  EXPECT_EQ(site.admit(site.poll_of(honest, *told.operation)).reason, Reason::forwarded_new);
}

TEST_F(DerivationStormTest, ALineOfLeavesBehindOneAddressComesThroughAsFastAsTheTpmCan) {
  site.enroll_group("pumps", {"pump-*"});
  site.tpm.latency = Millis(20);
  constexpr int leaves = 200;
  std::vector<Attempt> line;
  std::vector<std::optional<OperationId>> told(leaves);
  std::vector<bool> done(leaves);
  for (int i = 0; i < leaves; ++i) {
    line.push_back(site.leaf("pump-" + std::to_string(i), std::to_string(i)));
    const Answer answer = site.admit(line.back());
    EXPECT_EQ(answer.status, 202) << i;
    EXPECT_EQ(answer.reason, i < 4 ? Reason::trust_pending : Reason::derivations_full) << i;
    told[static_cast<std::size_t>(i)] = answer.operation;
  }
  int left = leaves;
  const TimePoint begin = site.simulator.now();
  while (left > 0 && site.simulator.now() - begin < seconds(60)) {
    for (std::size_t i = 0; i < leaves; ++i) {
      site.simulator.run_for(std::chrono::microseconds(3'000'000 / leaves));  // each polls every 3 s
      if (done[i]) continue;
      const Answer answer = site.admit(site.poll_of(line[i], *told[i]));
      EXPECT_EQ(answer.status, 202) << i;
      done[i] = answer.proven;
      left -= answer.proven ? 1 : 0;
    }
  }
  const auto took = std::chrono::duration_cast<Millis>(site.simulator.now() - begin);
  EXPECT_EQ(left, 0);
  EXPECT_LE(took, seconds(15)) << took.count() << " ms";
  EXPECT_EQ(site.tpm.commands, leaves);
  site.simulator.run_for(seconds(30));
  EXPECT_EQ(site.service.requests["pump-77"].payload, "77");
}

TEST_F(DerivationStormTest, WhoFindsNoRoomForItsRequestIsToldToComeAgain) {
  site.enroll_group("pumps", {"pump-*"});
  site.tpm.become(TpmState::lost);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    const Answer answer = site.admit(site.leaf("pump-" + std::to_string(i)));
    if (answer.status == 202) continue;
    ++refused;
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.reason, Reason::derivations_full);
    EXPECT_GT(answer.retry_after, Seconds(0));
  }
  EXPECT_EQ(refused, 300 - 256);
  EXPECT_EQ(site.admit(site.leaf("pump-999", {}, "192.0.2.8")).status, 202) << "of another address";
}

}  // namespace
}  // namespace leafgate::derivation_storm_test

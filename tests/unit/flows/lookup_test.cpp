// A leaf that asks for the state of its registration and nothing else.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::lookup_test {
namespace {

TEST(Admit, ALookupTellsWhatIsKnownAndChangesNothing) {
  Site site;
  site.enroll("leaf-1");
  Attempt lookup = site.attempt("leaf-1", site.token("leaf-1"));
  lookup.lookup = true;
  EXPECT_EQ(site.admit(lookup).status, 404) << "it never registered";
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  const auto writes = site.registrations.writes;
  const Answer known = site.admit(lookup);
  EXPECT_EQ(known.status, 200);
  EXPECT_NE(known.state.find("hub1.azure-devices.net"), std::string::npos);
  EXPECT_EQ(site.registrations.writes, writes);
  lookup.evidence = SasEvidence{"SharedAccessSignature sr=wrong&sig=AAAA&se=1"};
  EXPECT_EQ(site.admit(lookup).status, 401);
}

TEST(Admit, ALookupOfADisabledLeafTellsNoHub) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  site.enroll("leaf-1", "the primary key of it", "", false);
  Attempt lookup = site.attempt("leaf-1", site.token("leaf-1"));
  lookup.lookup = true;
  const Answer answer = site.admit(lookup);
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.operation) << "a lookup is of none";
  EXPECT_NE(answer.state.find(R"("status":"disabled")"), std::string::npos) << answer.state;
  EXPECT_EQ(answer.state.find("hub1"), std::string::npos);
}

TEST(Admit, ALookupTellsNothingThatNobodyVouchesForAnyMore) {
  for (const BeyondPolicy beyond : {BeyondPolicy::queue, BeyondPolicy::serve}) {
    Site site;
    site.policy.beyond = beyond;
    site.restart();
    site.enroll("leaf-1");
    ASSERT_EQ(site.provision("leaf-1").status, 200);
    site.service.up = false;
    site.simulator.run_for(site.policy.offline_max_age + std::chrono::hours(1));
    ASSERT_FALSE(site.running->forwarder.state().up);
    Attempt lookup = site.attempt("leaf-1", site.token("leaf-1"));
    lookup.lookup = true;
    const Answer answer = site.admit(Attempt(lookup));
    EXPECT_EQ(answer.status, beyond == BeyondPolicy::queue ? 503 : 200);
    site.service.up = true;
    site.simulator.run_for(std::chrono::minutes(3));
    EXPECT_EQ(site.admit(std::move(lookup)).status, 200) << "the service is there to be asked";
  }
}

}  // namespace
}  // namespace leafgate::lookup_test

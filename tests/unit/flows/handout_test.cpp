// What an enrollment adds to the answer that tells a leaf its hub.
#include <gtest/gtest.h>

#include "gateway/flows/judge.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::handout_test {
namespace {

struct HandoutSite : Site {
  void enroll_with_host(const std::string& id, const std::string& host) {
    enroll(id);
    Enrollment e = simulator.run(enrollments.individual(id)).value().value();
    e.gateway_host_name = host;
    enrollments.put(std::move(e));
    running->ledger.enrollments_changed();
  }
  Answer register_directly(const std::string& id) {
    Attempt a = attempt(id, token(id));
    a.direct = true;
    return admit(std::move(a));
  }
};

TEST(Handout, WhereItsHubIsFoundIsToldWithEveryAnswerThatAssigns) {
  HandoutSite site;
  site.enroll_with_host("leaf-1", "gw.site");
  const Answer waits = site.register_leaf("leaf-1");
  EXPECT_EQ(waits.gateway_host_name, "") << "no hub is told yet";
  EXPECT_EQ(site.provision("leaf-1").gateway_host_name, "gw.site") << "by its poll";
  const Answer direct = site.register_directly("leaf-1");
  EXPECT_EQ(direct.gateway_host_name, "gw.site");
  EXPECT_EQ(direct.state.find("gw.site"), std::string::npos) << "what is stored is never changed";
  Attempt lookup = site.attempt("leaf-1", site.token("leaf-1"));
  lookup.lookup = true;
  EXPECT_EQ(site.admit(lookup).gateway_host_name, "gw.site");
}

TEST(Handout, IsThatOfTheEnrollmentAlone) {
  HandoutSite site;
  site.enroll("leaf-2");
  EXPECT_EQ(site.provision("leaf-2").gateway_host_name, "");
  site.enroll_with_host("leaf-3", "gw.site");
  site.service.ends["leaf-3"] = RegistrationStatus::failed;
  EXPECT_EQ(site.provision("leaf-3").gateway_host_name, "") << "no hub was given";
}

TEST(Handout, IsOfNoGroupThatDidNotProveTheLeaf) {
  HandoutSite site;
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "line-a";
  group.mechanism = Mechanism::symmetric_key;
  group.primary_key = site.trust.seal(Site::key("of another leaf"), reference(group)).value();
  group.gateway_host_name = "gw.site";
  site.enrollments.put(std::move(group));
  site.policy.unknown = UnknownPolicy::relay;
  site.restart();
  Attempt relayed = site.attempt("leaf-1", site.token("leaf-1"));
  relayed.operation = site.admit(relayed).operation;
  site.simulator.run_for(std::chrono::seconds(10));
  const Answer told = site.admit(relayed);
  EXPECT_EQ(told.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(told.gateway_host_name, "");
}

TEST(Handout, ChangesNothingThatEarnedTheAssignment) {
  HandoutSite site;
  site.enroll("leaf-1");
  EXPECT_EQ(site.provision("leaf-1").status, 200);
  site.enroll_with_host("leaf-1", "gw.site");
  const Answer direct = site.register_directly("leaf-1");
  EXPECT_EQ(direct.reason, Reason::answered_from_cache);
  EXPECT_EQ(direct.gateway_host_name, "gw.site");
}

}  // namespace
}  // namespace leafgate::handout_test

// What an enrollment adds to the answer that tells a leaf its hub.
#include <gtest/gtest.h>

#include "gateway/flows/judge.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {
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
}  // namespace leafgate

#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::admit_csr_test {
namespace {

TEST(AdmitCsr, goes_to_the_service_and_the_issued_chain_comes_back_also_from_cache) {
  Site site;
  site.enroll("leaf-1");
  Attempt asks = site.attempt("leaf-1", site.token("leaf-1"));
  asks.request.csr = "MIIBVjCB";
  const Answer first = site.admit(asks);
  ASSERT_EQ(first.status, 202);
  site.simulator.run_for(std::chrono::seconds(10));
  EXPECT_EQ(site.service.requests["leaf-1"].csr, "MIIBVjCB");
  const auto chain = R"("issuedCertificateChain":["TUlJQg==","TUlJQw=="])";
  EXPECT_NE(site.poll("leaf-1", *first.operation).state.find(chain), std::string::npos);
  asks.direct = true;
  EXPECT_NE(site.admit(asks).state.find(chain), std::string::npos);
  asks.request.csr = "MIIBVzCC";
  EXPECT_EQ(site.admit(asks).reason, Reason::forwarded_changed);
}

// As the service's list taught it: where the leaf is, and nothing of what it asked for.
struct LearntSite : Site {
  LearntSite() {
    enroll("leaf-1");
    Registration known(RegistrationId::parse("leaf-1").value());
    Assignment assignment;
    assignment.assigned_hub = "hub1.azure-devices.net";
    assignment.device_id = "leaf-1";
    assignment.state = R"({"assignedHub":"hub1.azure-devices.net"})";
    assignment.etag = "a1";
    assignment.enrollment_id = "individual leaf-1";
    assignment.enrollment_etag = "1";
    assignment.confirmed_at = running->meter.now();
    assignment.confirmed_wall = clock.now().at;
    known.assignment = std::move(assignment);
    registrations.records.insert_or_assign("leaf-1", RegistrationRecord{std::move(known), {}});
  }
  Answer ask(const std::string& payload, const std::string& csr = {}) {
    Attempt a = attempt("leaf-1", token("leaf-1"), payload);
    a.request.csr = csr;
    a.direct = true;
    return admit(std::move(a));
  }
  void go_offline() {
    service.up = false;
    running->forwarder.doubt();
    simulator.run_for(std::chrono::minutes(1));
  }
};

TEST(AdmitCsr, is_never_answered_by_an_assignment_that_came_without_a_certificate) {
  LearntSite site;
  EXPECT_EQ(site.ask({}).reason, Reason::answered_from_cache);
  site.go_offline();
  EXPECT_EQ(site.ask({}, "MIIBVjCB").reason, Reason::queued_offline);
  site.service.up = true;
  site.simulator.run_for(std::chrono::minutes(5));
  EXPECT_NE(site.ask({}, "MIIBVjCB").state.find("issuedCertificateChain"), std::string::npos);
}

TEST(AdmitCsr, a_payload_that_nobody_here_has_seen_is_asked_once_and_never_refused_offline) {
  LearntSite site;
  site.go_offline();
  EXPECT_EQ(site.ask("7").reason, Reason::answered_from_cache);
  site.service.up = true;
  site.simulator.run_for(std::chrono::minutes(5));
  EXPECT_EQ(site.ask("7").reason, Reason::forwarded_changed);
  site.simulator.run_for(std::chrono::minutes(1));
  EXPECT_EQ(site.service.requests["leaf-1"].payload, "7");
  EXPECT_EQ(site.ask("7").reason, Reason::answered_from_cache);
}

}  // namespace
}  // namespace leafgate::admit_csr_test

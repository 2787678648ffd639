// What is told of leaves that are answered beyond their trust (offline.beyond).
#include <gtest/gtest.h>

#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate::beyond_test {
namespace {

using std::chrono::days;
using std::chrono::hours;

// Of one by a key there is nothing that ends: no end is told that does not come.
TEST(ServedBeyondTrust, OnlyWhatAProofEndsIsLeftOfItsTime) {
  for (const BeyondPolicy beyond : {BeyondPolicy::queue, BeyondPolicy::serve}) {
    DeskSite site;
    site.clock.start = test_day();
    site.close_desk();
    site.policy.beyond = beyond;
    site.restart();
    site.open_desk();
    const bool serves = beyond == BeyondPolicy::serve;
    for (const char* id : {"pump-1", "pump-2"}) {
      site.enroll(id);
      ASSERT_EQ(site.provision(id).registration_status, RegistrationStatus::assigned);
    }
    Enrollment& by_certificate = site.enrollments.individuals.at("pump-2");
    by_certificate.mechanism = Mechanism::x509;
    by_certificate.primary_key.reset();
    by_certificate.primary_certificate = EnrolledCertificate{std::string(64, 'c'), "", {}};
    site.running->ledger.enrollments_changed();
    const WallTime ends = site.clock.now().at + days(40);
    for (auto* record : {&site.registrations.records.at("pump-2"), site.running->ledger.peek("pump-2").get()})
      record->registration.assignment->ends = ProofEnds{ends, std::nullopt};
    site.service.up = false;
    site.running->forwarder.doubt();
    DeviceFilter soon;
    soon.expiring = days(60);
    for (const int day : {0, 20, 31, 35}) {
      site.simulator.run_for(test_day() + days(day) + hours(6) - site.clock.now().at);
      const auto rows = site.simulator.run(site.desk().devices(DeviceFilter())).value().rows;
      ASSERT_EQ(rows.size(), 2U);
      for (const DeviceRow& row : rows) EXPECT_EQ(row.offline, serves || day < 30) << row.registration_id;
      EXPECT_EQ(rows[0].trust_left.has_value(), !serves) << "on day " << day;
      ASSERT_TRUE(rows[1].trust_left);
      const Millis proof = ends - site.clock.now().at;
      EXPECT_EQ(std::chrono::abs(*rows[1].trust_left - proof) < hours(1), serves) << "on day " << day;
      const auto expiring = site.simulator.run(site.desk().devices(soon)).value().rows;
      EXPECT_EQ(expiring.size(), serves ? 1U : 2U) << "on day " << day;
      EXPECT_EQ(expiring.back().registration_id, "pump-2");
      EXPECT_EQ(site.explain("pump-1").device.trust_left.has_value(), !serves);
    }
  }
}

}  // namespace
}  // namespace leafgate::beyond_test

// What engineers see of a leaf that nobody but itself can show to the service.
#include <gtest/gtest.h>

#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate::must_come_itself_test {
namespace {

class MustComeItself : public ::testing::Test {
 protected:
  DeskSite site_;
  const TestCertificate ca_ = CertificateMaker("Line CA").ca().make();

  MustComeItself() { site_.clock.start = test_day(); }

  void enroll(Enrollment e, const std::string& id) {
    e.kind = EnrollmentKind::group;
    e.id = id;
    e.etag = "1";
    site_.enrollments.put(std::move(e));
    site_.running->ledger.enrollments_changed();
  }
  void enroll_ca(const std::string& id, const TestCertificate& ca) {
    const auto made = as_certificate(ca);
    Enrollment e;
    e.mechanism = Mechanism::x509;
    e.primary_certificate = EnrolledCertificate{made.sha256(), made.sha1(), made.der()};
    enroll(std::move(e), id);
  }
  Attempt attempt(const std::string& id) const {
    crypto::CertificateChain chain;
    chain.certificates.push_back(as_certificate(CertificateMaker(id).by(ca_).make()));
    Attempt a = site_.attempt(id, "");
    a.evidence = CertificateEvidence{std::make_shared<const crypto::CertificateChain>(std::move(chain))};
    return a;
  }
  void look(const char* when) {
    SCOPED_TRACE(when);
    DeviceFilter filter;
    filter.match = "cam";
    const DevicePage page = site_.simulator.run(site_.desk().devices(filter)).value();
    ASSERT_EQ(page.rows.size(), 1U);
    EXPECT_EQ(code(page.rows.front().reason), code(Reason::needs_the_leaf));
    EXPECT_NE(page.rows.front().last_seen, WallTime{});
    const Explanation told = site_.explain("cam-01");
    EXPECT_EQ(told.enrollment, "group line");
    EXPECT_EQ(told.mechanism, Mechanism::x509);
    EXPECT_EQ(code(told.without_uplink), code(Reason::needs_the_leaf));
    EXPECT_EQ(site_.status().offline_not_ready, 1U);
  }
};

TEST_F(MustComeItself, IsShownAsALeafOfItsGroup) {
  Enrollment keys;
  keys.mechanism = Mechanism::symmetric_key;
  keys.primary_key = SealedKey{"of a group that takes all ids"};
  enroll(keys, "keys");
  enroll_ca("line", ca_);
  enroll_ca("other", CertificateMaker("Other CA").ca().make());
  site_.service.up = false;
  site_.running->forwarder.doubt();
  site_.simulator.run_for(std::chrono::seconds(5));
  ASSERT_EQ(code(site_.admit(attempt("cam-01")).reason), code(Reason::needs_the_leaf));
  look("since it came");
  site_.close_desk();
  site_.enrollments.group_rows.erase("other");
  site_.restart();
  site_.open_desk();
  look("since the start, where no other group has a CA");
}

}  // namespace
}  // namespace leafgate::must_come_itself_test

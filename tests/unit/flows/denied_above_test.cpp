// What is foretold of leaves under CAs of which one is denied, against what they then hear.
#include "gateway/flows/denied_above.hpp"

#include <gtest/gtest.h>

#include "gateway/flows/what_if.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/desk_site.hpp"
#include "tests/unit/flows/deny_site.hpp"

namespace leafgate::denied_above_test {
namespace {

using std::chrono::days;

struct DeniedAboveTest : testing::Test {
  DeskSite site;
  const TestCertificate root_ = CertificateMaker("Root").ca().make();
  const TestCertificate line_ = CertificateMaker("Line").ca().by(root_).make();
  const TestCertificate next_ = CertificateMaker("Next").ca().days(-5, 300).make();

  DeniedAboveTest() { site.clock.start = test_day(); }

  static EnrolledCertificate enrolled(const TestCertificate& made, bool whole = true) {
    const auto certificate = as_certificate(made);
    return {certificate.sha256(), certificate.sha1(), whole ? certificate.der() : Bytes()};
  }
  void enroll(EnrollmentKind kind, const std::string& id, const EnrolledCertificate& primary,
              std::optional<EnrolledCertificate> secondary = std::nullopt) {
    Enrollment e;
    e.kind = kind;
    e.id = id;
    e.mechanism = Mechanism::x509;
    e.etag = "1";
    e.primary_certificate = primary;
    e.secondary_certificate = std::move(secondary);
    site.enrollments.put(std::move(e));
    site.running->ledger.enrollments_changed();
  }
  void enroll_group(const std::string& id, const TestCertificate& primary) {
    enroll(EnrollmentKind::group, id, enrolled(primary));
  }
  static TestCertificate leaf_by(const TestCertificate& ca) {
    return CertificateMaker("pump-07").by(ca).make();
  }
  void knows_the_leaf(const TestCertificate& own, const std::string& enrollment,
                      std::optional<ProofEnds> ends = std::nullopt) {
    Registration known(RegistrationId::parse("pump-07").value());
    known.assignment = Assignment();
    known.assignment->assigned_hub = "hub1.azure-devices.net";
    known.assignment->state = R"({"assignedHub":"hub1.azure-devices.net"})";
    known.assignment->credential = enrolled(own).sha256;
    known.assignment->enrollment_id = enrollment;
    known.assignment->enrollment_etag = "1";
    known.assignment->ends = ends;
    known.assignment->confirmed_at = site.running->meter.now();
    known.assignment->confirmed_wall = site.clock.now().at;
    site.registrations.records.insert_or_assign("pump-07", RegistrationRecord{std::move(known), {}});
    site.running->ledger.forget("pump-07");
  }
  void deny(const TestCertificate& ca, std::optional<WallTime> until = std::nullopt) {
    Denial entry = DenyDeskAt::entry(DenyKind::certificate, enrolled(ca).sha256);
    entry.until = until;
    site.running->gatekeeper.denied.put_local(entry);
  }
  // `answered`, or why not.
  std::string foretold(Millis span = Millis(0)) {
    const auto groups = site.simulator.run(site.running->ledger.groups()).value();
    const auto individual = site.simulator.run(site.running->ledger.individual("pump-07")).value();
    const Decision told = site.desk().census().without_uplink_for(
        span, site.registrations.records.at("pump-07"), individual.get(), *groups);
    return is_answered(told) ? "answered" : std::string(code(told.reason));
  }
  std::string comes(const TestCertificate& own) {
    crypto::CertificateChain chain;
    chain.certificates.push_back(as_certificate(own));
    Attempt a = site.attempt("pump-07", "");
    a.evidence = CertificateEvidence{std::make_shared<const crypto::CertificateChain>(std::move(chain))};
    a.direct = true;
    const Answer answer = site.admit(std::move(a));
    return answer.status == 200 ? "answered" : std::string(code(answer.reason));
  }
};

TEST_F(DeniedAboveTest, a_ca_of_another_group_stands_above_that_of_its_own) {
  enroll_group("roots", root_);
  enroll_group("lines", line_);
  enroll_group("others", next_);
  const TestCertificate own = leaf_by(line_);
  knows_the_leaf(own, "group lines");
  deny(next_);
  EXPECT_EQ(foretold(), "answered");
  EXPECT_EQ(comes(own), "answered");
  deny(root_, site.clock.now().at + days(5));
  EXPECT_EQ(foretold(), "denied");
  EXPECT_EQ(foretold(days(6)), "answered");
  const auto groups = site.simulator.run(site.running->ledger.groups()).value();
  const Outlook outlook =
      site.desk().census().outlook(site.registrations.records.at("pump-07"), nullptr, *groups);
  ASSERT_GE(outlook.turns.size(), 2U);
  EXPECT_EQ(outlook.turns[0].told.reason, Reason::denied);
  EXPECT_TRUE(is_answered(outlook.turns[1].told)) << "from the end of the denial on";
  EXPECT_EQ(comes(own), "denied");
}

TEST_F(DeniedAboveTest, a_ca_stands_above_a_certificate_that_is_enrolled_by_itself) {
  enroll_group("roots", root_);
  const TestCertificate own = leaf_by(root_);
  const TestCertificate of_nobody = CertificateMaker("pump-07").make();
  enroll(EnrollmentKind::individual, "pump-07", enrolled(own), enrolled(of_nobody));
  deny(root_);
  knows_the_leaf(own, "individual pump-07");
  EXPECT_EQ(foretold(), "denied");
  EXPECT_EQ(comes(own), "denied");
  knows_the_leaf(of_nobody, "individual pump-07");
  EXPECT_EQ(foretold(), "answered");
  EXPECT_EQ(comes(of_nobody), "answered");
}

// Nothing is promised, and nothing denied.
TEST_F(DeniedAboveTest, what_stands_above_a_thumbprint_is_not_known) {
  enroll_group("roots", root_);
  const TestCertificate under_it = leaf_by(root_);
  const TestCertificate of_nobody = CertificateMaker("pump-07").make();
  for (const bool is_under_it : {true, false}) {
    const TestCertificate& own = is_under_it ? under_it : of_nobody;
    enroll(EnrollmentKind::individual, "pump-07", enrolled(own, false));
    knows_the_leaf(own, "individual pump-07");
    EXPECT_EQ(foretold(), "answered");
    deny(root_);
    EXPECT_EQ(foretold(), "certificate-chain-unknown");
    EXPECT_EQ(comes(own), is_under_it ? "denied" : "answered");
    site.running->gatekeeper.denied.remove_local(DenyKind::certificate, enrolled(root_).sha256);
  }
}

TEST_F(DeniedAboveTest, what_is_here_by_its_thumbprint_alone_may_stand_above) {
  enroll_group("lines", line_);
  enroll_group("others", next_);
  enroll(EnrollmentKind::group, "roots", enrolled(root_, false));
  deny(root_);
  const TestCertificate own = leaf_by(line_);
  knows_the_leaf(own, "group lines");
  EXPECT_EQ(foretold(), "certificate-chain-unknown");
  const TestCertificate of_another = leaf_by(next_);
  knows_the_leaf(of_another, "group others");
  EXPECT_EQ(foretold(), "answered") << "nothing stands above one that has signed itself";
  EXPECT_EQ(comes(of_another), "answered");
}

TEST_F(DeniedAboveTest, a_ca_of_the_same_name_in_another_group_may_stand_above) {
  const TestCertificate renewed = CertificateMaker("Line").ca().by(root_).days(-1, 900).make();
  enroll_group("2020", line_);
  enroll_group("2025", renewed);
  deny(renewed);
  const TestCertificate own = leaf_by(line_);
  knows_the_leaf(own, "group 2020");
  EXPECT_EQ(foretold(), "certificate-chain-unknown");
}

TEST_F(DeniedAboveTest, of_who_is_not_answered_anyway_the_certain_reason_is_told) {
  enroll_group("roots", root_);
  const TestCertificate own = leaf_by(root_);
  enroll(EnrollmentKind::individual, "pump-07", enrolled(own, false));
  knows_the_leaf(own, "individual pump-07");
  deny(root_);
  ASSERT_EQ(foretold(), "certificate-chain-unknown");
  site.enrollments.individuals.at("pump-07").enabled = false;
  site.running->ledger.enrollments_changed();
  EXPECT_EQ(foretold(), "enrollment-disabled");
}

TEST_F(DeniedAboveTest, of_two_cas_of_its_group_the_end_tells_which_it_came_under) {
  enroll(EnrollmentKind::group, "line", enrolled(root_), enrolled(next_));
  const auto ends_of = [](const TestCertificate& own, const TestCertificate& ca) {
    return ProofEnds{as_certificate(own).not_after(), as_certificate(ca).not_after()};
  };
  deny(root_);
  const TestCertificate old = leaf_by(root_);
  const TestCertificate renewed = leaf_by(next_);
  knows_the_leaf(renewed, "group line");
  EXPECT_EQ(foretold(), "certificate-chain-unknown");
  knows_the_leaf(renewed, "group line", ends_of(renewed, next_));
  EXPECT_EQ(foretold(), "answered");
  EXPECT_EQ(comes(renewed), "answered");
  knows_the_leaf(old, "group line", ends_of(old, root_));
  EXPECT_EQ(foretold(), "denied");
  EXPECT_EQ(comes(old), "denied");
  deny(next_);
  knows_the_leaf(renewed, "group line");
  EXPECT_EQ(foretold(), "denied") << "whichever it is";
}

TEST_F(DeniedAboveTest, a_ca_that_was_renewed_with_its_key_is_above_the_same_leaves) {
  const TestCertificate again = CertificateMaker("Root").ca().key(root_.key).days(-5, 300).make();
  enroll(EnrollmentKind::group, "line", enrolled(root_), enrolled(again));
  deny(root_);
  const TestCertificate own = leaf_by(again);
  knows_the_leaf(own, "group line",
                 ProofEnds{as_certificate(own).not_after(), as_certificate(again).not_after()});
  EXPECT_EQ(foretold(), "denied");
  EXPECT_EQ(comes(own), "denied");
}

}  // namespace
}  // namespace leafgate::denied_above_test

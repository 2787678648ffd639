#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {

// A site to which leaves come with certificates.
class CertificateSite : public ::testing::Test {
 protected:
  static constexpr const char* hub = "hub1.azure-devices.net";

  Site site_;
  const TestCertificate ca_ = CertificateMaker("Site CA").ca().make();
  const TestCertificate line_ = CertificateMaker("Line CA").ca().by(ca_).make();
  const TestCertificate leaf_ = CertificateMaker("pump-07").by(ca_).make();

  CertificateSite() { site_.clock.start = test_day(); }

  static EnrolledCertificate enrolled(const TestCertificate& made) {
    const auto certificate = as_certificate(made);
    return {certificate.sha256(), certificate.sha1(), certificate.der()};
  }
  void enroll(EnrollmentKind kind, const std::string& id, const TestCertificate& certificate,
              bool enabled = true) {
    Enrollment e;
    e.kind = kind;
    e.id = id;
    e.mechanism = Mechanism::x509;
    e.enabled = enabled;
    e.etag = "1";
    e.primary_certificate = enrolled(certificate);
    site_.enrollments.put(std::move(e));
    site_.running->ledger.enrollments_changed();
  }
  Attempt attempt(const std::vector<TestCertificate>& presented, const std::string& id = "pump-07") const {
    crypto::CertificateChain chain;
    for (const auto& each : presented) chain.certificates.push_back(as_certificate(each));
    Attempt a = site_.attempt(id, "");
    a.evidence = CertificateEvidence{std::make_shared<const crypto::CertificateChain>(std::move(chain))};
    return a;
  }
  Answer show(const std::vector<TestCertificate>& presented) { return site_.admit(attempt(presented)); }
  // As a tunnelled registration or a look at the service teaches it: no credential, no enrollment.
  void service_has_assigned(const std::string& id) {
    Registration known(RegistrationId::parse(id).value());
    Assignment assignment;
    assignment.assigned_hub = hub;
    assignment.device_id = id;
    assignment.state = R"({"assignedHub":")" + std::string(hub) + R"("})";
    assignment.etag = "a1";
    assignment.confirmed_at = site_.running->meter.now();
    assignment.confirmed_wall = site_.clock.now().at;
    known.assignment = std::move(assignment);
    site_.registrations.records.insert_or_assign(id, RegistrationRecord{std::move(known), {}});
    site_.running->ledger.forget(id);
  }
};

}  // namespace leafgate

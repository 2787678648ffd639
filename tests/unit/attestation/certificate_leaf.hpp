#pragma once

#include <string>
#include <vector>

#include "gateway/attestation/x509_path.hpp"
#include "tests/fakes/certificate_maker.hpp"

namespace leafgate {

inline crypto::CertificateChain chain_of(const std::vector<TestCertificate>& presented) {
  crypto::CertificateChain chain;
  for (const TestCertificate& each : presented) chain.certificates.push_back(as_certificate(each));
  return chain;
}

inline EnrolledCertificate enrolled(const TestCertificate& made) {
  const auto certificate = as_certificate(made);
  return {certificate.sha256(), certificate.sha1(), certificate.der()};
}

inline EnrolledAuthority authority(const TestCertificate& made, bool held = true, std::size_t group = 0) {
  EnrolledAuthority out;
  out.sha256 = as_certificate(made).sha256();
  if (held) out.certificate = as_certificate(made);
  out.group = group;
  return out;
}

inline RegistrationId id_of(const std::string& text) { return RegistrationId::parse(text).value(); }

inline WallReading on_day(int day, ClockQuality quality = ClockQuality::synced) {
  return {test_day() + std::chrono::days(day), quality};
}

}  // namespace leafgate

#pragma once

#include <optional>
#include <vector>

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/what_if.hpp"
#include "tests/fakes/certificate_maker.hpp"

namespace leafgate::what_if_case {

inline WallTime on_day(int day) { return test_day() + std::chrono::days(day); }

// Ends on that day; without its octets only its thumbprints are known.
inline EnrolledCertificate enrolled(int last_day, bool whole = true) {
  const auto made = as_certificate(CertificateMaker("line-1").days(-9, last_day).make());
  return {made.sha256(), made.sha1(), whole ? made.der() : Bytes()};
}

// A leaf that would be answered; each row of the table breaks one thing.
struct Case {
  Registration registration{RegistrationId::parse("line-1").value()};
  std::optional<Enrollment> individual;
  std::vector<Enrollment> groups;
  PoweredTime powered = std::chrono::hours(24 * 100);
  WallReading now{test_day(), ClockQuality::synced};
  Policy policy{IdScope::parse("0ne00ABCDEF").value()};
  bool came_otherwise = false;
  Reason untaken = Reason::none;
  Secrets secrets = Secrets::open;

  Case() {
    Enrollment e;
    e.id = "line-1";
    e.mechanism = Mechanism::symmetric_key;
    e.etag = "1";
    e.primary_key = SealedKey{"sealed"};
    individual = e;
    Assignment a;
    a.assigned_hub = "hub.example";
    a.enrollment_id = reference(e);
    a.enrollment_etag = e.etag;
    a.confirmed_at = powered - std::chrono::hours(1);
    a.confirmed_wall = now.at - std::chrono::hours(1);
    registration.assignment = a;
  }
  void by_group() {
    Enrollment group = *individual;
    individual.reset();
    group.kind = EnrollmentKind::group;
    group.id = "plant";
    registration.assignment->enrollment_id = reference(group);
    groups = {group};
  }
  // By a certificate whose own end is known where `ends` says so.
  void by_certificate(EnrollmentKind kind, std::optional<ProofEnds> ends) {
    if (kind == EnrollmentKind::group) by_group();
    Enrollment& by = kind == EnrollmentKind::group ? groups.front() : *individual;
    by.mechanism = Mechanism::x509;
    by.primary_key.reset();
    by.primary_certificate = enrolled(10);
    registration.assignment->ends = ends;
  }
  void by_tpm() {
    individual->mechanism = Mechanism::tpm;
    individual->primary_key.reset();
    individual->endorsement_key = "AQID";
    Assignment& assignment = *registration.assignment;
    assignment.credential = crypto::hex(crypto::sha256(Bytes{1, 2, 3}));
    assignment.tpm_key = SealedKey{"sealed"};
  }
  void one_hub() {
    individual->provisional = true;
    individual->only_hub = "hub.example";
  }
  [[nodiscard]] const Enrollment* own() const { return individual ? &*individual : nullptr; }
  [[nodiscard]] ProofEnd end() const {
    EnrolledEnds ends;
    return proof_end(registration, voucher(registration, own(), groups), ends);
  }
  [[nodiscard]] Decision decision() const {
    CameLast came;
    came.otherwise = came_otherwise;
    came.end = end();
    came.untaken = untaken;
    came.secrets = secrets;
    const Enrollment* by = voucher(registration, own(), groups);
    return without_uplink(registration, by, powered, now, policy, Reason::none, came);
  }
};

}  // namespace leafgate::what_if_case

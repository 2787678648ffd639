#include "gateway/model/listed_enrollment.hpp"

#include <utility>

#include "gateway/model/ca_names.hpp"

namespace leafgate {
namespace {

using Certificate = std::optional<EnrolledCertificate>;

// The service tells thumbprints alone; whoever carried the certificate in told its octets.
void keep_octets(Certificate& listed, const Enrollment& held) {
  if (!listed || !listed->der.empty()) return;
  for (const Certificate* of : {&held.primary_certificate, &held.secondary_certificate}) {
    if (!*of) continue;
    const bool same = listed->sha256.empty() || (*of)->sha256.empty() ? listed->sha1 == (*of)->sha1
                                                                      : listed->sha256 == (*of)->sha256;
    if (!same) continue;
    if (listed->sha256.empty()) listed->sha256 = (*of)->sha256;
    listed->der = (*of)->der;
    return;
  }
}

// What was carried in stands for the CA that the record named in its place then.
Certificate of_name(const std::string& name, const CaNames& then, const Enrollment& held) {
  if (name.empty()) return std::nullopt;
  if (name == then.primary) return held.primary_certificate;
  return name == then.secondary ? held.secondary_certificate : std::nullopt;
}

// The service only names its CAs. One that it names no more is not trusted there, and not here.
void keep_named(Enrollment& listed, const Enrollment& held) {
  const CaNames now = ca_names(listed.record);
  const CaNames then = ca_names(held.record);
  if (now == then || then.count() == 0) {
    listed.primary_certificate = held.primary_certificate;
    listed.secondary_certificate = held.secondary_certificate;
    return;
  }
  listed.primary_certificate = of_name(now.primary, then, held);
  listed.secondary_certificate = of_name(now.secondary, then, held);
}

void keep_certificates(Enrollment& listed, const Enrollment& held) {
  if (!listed.primary_certificate && !listed.secondary_certificate) return keep_named(listed, held);
  keep_octets(listed.primary_certificate, held);
  keep_octets(listed.secondary_certificate, held);
}

// A record that was carried in with its keys and is the very version that the list has: its keys are too.
void keep_keys(Enrollment& listed, const Enrollment& held) {
  listed.primary_key = held.primary_key;
  listed.secondary_key = held.secondary_key;
  const bool carried_whole =
      held.origin == EnrollmentOrigin::carried && held.primary_key.has_value() && held.etag == listed.etag;
  listed.keys_etag = carried_whole ? held.etag : held.keys_etag;
}

}  // namespace

// No record that is understood is without its text.
Enrollment status_alone(EnrollmentKind kind, std::string id, bool enabled) {
  Enrollment out;
  out.kind = kind;
  out.id = std::move(id);
  out.origin = EnrollmentOrigin::service;
  out.enabled = enabled;
  return out;
}

bool is_status_alone(const Enrollment& enrollment) {
  return enrollment.mechanism == Mechanism::none && enrollment.record.empty();
}

// A group that is not known here and is disabled shuts nobody out: its leaves are nobody's. And what an
// operator carried in disabled stays so.
StatusEffect effect_of(const Enrollment& status, const Enrollment* held) {
  const bool shuts_out = !status.enabled && (held != nullptr || status.kind == EnrollmentKind::individual);
  if (held == nullptr) return shuts_out ? StatusEffect::counts : StatusEffect::none;
  if (is_as_listed(*held, status)) return StatusEffect::none;
  if (status.enabled && is_status_alone(*held)) return StatusEffect::ends;
  return shuts_out || held->origin == EnrollmentOrigin::service ? StatusEffect::counts : StatusEffect::none;
}

bool is_as_listed(const Enrollment& held, const Enrollment& listed) {
  if (is_status_alone(listed))
    return held.origin == EnrollmentOrigin::service && held.enabled == listed.enabled;
  return held.origin == EnrollmentOrigin::service && held.etag == listed.etag &&
         held.mechanism == listed.mechanism && held.enabled == listed.enabled &&
         held.only_hub == listed.only_hub && held.device_id == listed.device_id &&
         held.endorsement_key == listed.endorsement_key;
}

Enrollment adopted(Enrollment listed, const Enrollment* held) {
  if (held != nullptr && is_status_alone(listed)) {
    const bool enabled = listed.enabled;
    listed = *held;
    listed.enabled = enabled;
    listed.origin = EnrollmentOrigin::service;
    return listed;
  }
  listed.origin = EnrollmentOrigin::service;
  listed.primary_key.reset();
  listed.secondary_key.reset();
  listed.keys_etag.clear();
  listed.match.clear();
  listed.gateway_host_name.clear();
  listed.offline_max_age.reset();
  listed.bridge = false;
  listed.provisional = false;
  if (held == nullptr) return listed;
  listed.match = held->match;
  listed.gateway_host_name = held->gateway_host_name;
  listed.offline_max_age = held->offline_max_age;
  if (held->mechanism != listed.mechanism) return listed;
  if (listed.mechanism == Mechanism::x509) keep_certificates(listed, *held);
  if (listed.mechanism != Mechanism::symmetric_key) return listed;
  listed.bridge = held->bridge;
  // Where several hubs are possible now, nobody knows it ahead.
  listed.provisional = held->provisional && !listed.only_hub.empty();
  keep_keys(listed, *held);
  return listed;
}

}  // namespace leafgate

#pragma once

#include <nlohmann/json.hpp>

#include "tests/standin/enrollments.hpp"
#include "tests/standin/registrations.hpp"

namespace leafgate::standin {

// What reads of the service API give (service sheet §1.5, §2). Pure.

// individualEnrollment or enrollmentGroup: without keys and certificates, with etag and dates. `last` is the
// registration of an individual one, null when there was none.
nlohmann::json enrollment_record(const Enrollment& enrollment, const Registration* last);

// AttestationMechanism, the only read that gives keys.
nlohmann::json attestation_mechanism(const Enrollment& enrollment);

// DeviceRegistrationState.
nlohmann::json registration_record(const Registration& registration);

}  // namespace leafgate::standin

#pragma once

#include <string>
#include <string_view>

#include "adapters/wire/enrollment_file.hpp"

namespace leafgate::wire {

// Enrollments out of certificate files (PEM or DER, `.cer`) that an operator carries in; pure, any thread.
// Without a group each certificate is a leaf's, at most 1,000, and makes the individual enrollment of the
// registrationId that is its CN. With one they are the group's CAs: one, or a primary and a secondary.
// A certificate that could never be accepted is a mistake (key, digest, CA flag); so is a private key in the
// file. Dates are left to whoever has a clock: ImportedEnrollment::ends.
[[nodiscard]] EnrollmentFile read_certificate_file(std::string_view octets, const std::string& group);

}  // namespace leafgate::wire

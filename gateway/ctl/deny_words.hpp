#pragma once

#include "gateway/model/denial.hpp"

namespace leafgate::ctl {

// The entries that what a person names stands for: a SHA-256 in hexadecimal digits (colons are passed over),
// a file of one certificate (malformed where there are more), an endorsement key in base64 or a file of it.
// Errors: malformed, not_found (no such file); the detail says which.
Result<std::vector<Denial>> denied_certificates(const std::string& named);
Result<Denial> denied_endorsement_key(const std::string& named);

}  // namespace leafgate::ctl

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gateway/model/enrollment.hpp"

// Inside of enrollment_file: the x509 part of a record.
namespace leafgate::wire {

// Reads attestation.x509 (a slice of checked JSON) into the certificates of `enrollment`, whose kind is
// known: clientCertificates of an individual, signingCertificates of a group, each primary and secondary with
// `certificate` (PEM, or DER in base64) or `info` with thumbprints. None at all is no mistake: nothing can be
// judged by it then, as by an enrollment without its key. Source: DPS service API, X509Attestation.
void read_x509(std::string_view x509, Enrollment& enrollment,
               const std::function<void(std::string)>& mistake);

}  // namespace leafgate::wire

#pragma once

#include <span>

#include "gateway/attestation/x509_path.hpp"
#include "gateway/flows/judge.hpp"

namespace leafgate {

// Judges the certificate a leaf showed in its handshake, in the DPS order of decision: the individual
// enrollment of its id alone, whatever its type and even if disabled; else up its chain, the first enrolled
// CA decides even if its group is disabled. `authorities` are those of `groups`. No I/O.
[[nodiscard]] Judgement judge_certificate(const crypto::CertificateChain& chain, const RegistrationId& id,
                                          const Ledger::IndividualEnrollment& individual,
                                          const Ledger::Groups& groups,
                                          std::span<const EnrolledAuthority> authorities, WallReading now);

// Of a leaf that shows a certificate over the leaf link and does not sign with its key.
[[nodiscard]] Judgement judgement_of_false_signature();

}  // namespace leafgate

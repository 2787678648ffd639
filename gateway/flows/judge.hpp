#pragma once

#include <string>

#include "gateway/flows/decide.hpp"
#include "gateway/flows/derivations.hpp"
#include "gateway/flows/ledger.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

// What came of looking at a leaf's evidence, and which enrollment that was by.
struct Judgement {
  Enrolled enrolled = Enrolled::nothing;
  Verdict verdict;
  std::string enrollment_id;  // reference() of the deciding enrollment; empty when there is none
  std::string enrollment_etag;
  std::string gateway_host_name;          // of that enrollment, for whoever is told its hub
  std::optional<Millis> offline_max_age;  // its own; absent: as configured
  std::string only_hub;                   // that a new leaf of it may be told ahead; empty: none may
  std::string device_id;                  // at it; empty: its registrationId
  bool by_certificate = false;            // the evidence was the certificate of a TLS handshake
  std::optional<ProofEnds> ends;          // of that, where it is good
  bool by_tpm = false;                    // it was, or will be, what a TPM signs
};

[[nodiscard]] Verdict verdict_of(Proof proof, Reason reason, std::string detail = {});

// What this enrollment says of a leaf with this verdict: `enrolled`, unless it is disabled.
[[nodiscard]] Judgement judgement_by(const Enrollment& enrollment, Enrolled enrolled, Verdict verdict);

// Judges an attempt in the DPS order of decision: the individual enrollment of its id alone, else every group
// that admits it. `opened`: its token opened the very operation it polls. No I/O. A group without `match`
// admits any id, so a token that fits none of them proves nothing about a leaf that may be enrolled at the
// service only: not_checkable, with wrong_key as the reason.
// What fits none of a record's old keys (has_old_keys) proves nothing either: not_checkable.
// What the TPM has not derived yet proves nothing: pending, unless it is settled that it would not.
[[nodiscard]] Judgement judge(const Attempt& attempt, const Ledger::IndividualEnrollment& individual,
                              const Ledger::Groups& groups, Trust& trust, WallReading now, bool opened,
                              Derived derived = Derived::awaited);

// What a registration request asks for, as one comparable text.
[[nodiscard]] std::string digest_of(const RegistrationRequest& request);

// What a leaf asks for, as far as it is compared.
struct Asked {
  std::string digest;            // digest_of() its request
  bool for_certificate = false;  // by a csr
};

// Whether anything differs from what earned the assignment (semantics §3). Only for a good verdict. What was
// earned out of sight (model/registration.hpp) is matched by any good proof under the enrollment it names;
// one that names none, under any that takes the leaf's certificate. With which request it was earned nobody
// here knows: a csr is always another one, since what is known holds no certificate that could be given for
// it. A payload is taken for the same one while the service is away, and otherwise for another, once: by that
// the gateway comes to know it. That of a leaf with a certificate, which only its own connection could bring,
// is taken for the same one in either case. What a TPM earned before an enrollment here named it stays what
// it was.
[[nodiscard]] Change change_since(const Assignment& assignment, const Judgement& judgement,
                                  const Asked& asked, bool service_up);

}  // namespace leafgate

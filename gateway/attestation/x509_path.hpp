#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "gateway/crypto/x509.hpp"
#include "gateway/model/attestation.hpp"
#include "gateway/model/enrollment.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// Judges the certificates a leaf showed in its TLS handshake, which proved possession of the first one's key.
// Rules of DPS (concepts-x509-attestation; service sheet §3.3), and where it documents none those of RFC 5280
// for TLS clients; RSA 2048 to 4096 and P-256, P-384, P-521 over SHA-2 only; the only CN is the
// registrationId ignoring case. By an unsynced clock dates are not judged and the best verdict is
// good_by_untrusted_clock. Revocation lists are not looked at, as DPS looks at none. Pure; any thread.

// A CA of an x509 group. Without its certificate it is found only where the leaf presents it.
struct EnrolledAuthority {
  std::string sha256;  // thumbprints as in EnrolledCertificate
  std::string sha1;
  std::optional<crypto::Certificate> certificate;
  std::size_t group = 0;  // the caller's number of its group
  bool secondary = false;
};

// A Verdict, and which authority it is by; of a good one, when that ends.
struct PathVerdict : Verdict {
  std::optional<std::size_t> authority;
  std::optional<ProofEnds> ends = std::nullopt;
};

[[nodiscard]] bool has_thumbprint(const crypto::Certificate& certificate, std::string_view sha256,
                                  std::string_view sha1);

// By an individual enrollment: the leaf's certificate is one of the enrolled ones, whoever signed it.
[[nodiscard]] Verdict judge_enrolled_leaf(const crypto::CertificateChain& chain, const RegistrationId& id,
                                          const std::optional<EnrolledCertificate>& primary,
                                          const std::optional<EnrolledCertificate>& secondary,
                                          WallReading now);

// By x509 groups: up from the leaf, the first CA that is enrolled decides; whether its group is enabled is
// not asked here. The path goes over what the leaf presents, in its order, and over enrolled CAs. Without an
// enrolled CA that verifiably stands above the leaf it is not_checkable, `authority` absent. proven_false:
// what no enrollment could accept, or a path to an enrolled CA that breaks a rule.
[[nodiscard]] PathVerdict judge_path(const crypto::CertificateChain& chain, const RegistrationId& id,
                                     std::span<const EnrolledAuthority> authorities, WallReading now);

}  // namespace leafgate

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/model/reason.hpp"

namespace leafgate::crypto {
struct CertificateChain;
}

namespace leafgate {

// DPS attestation mechanisms, spelled as in its service API.
enum class Mechanism { none, symmetric_key, x509, tpm };
[[nodiscard]] std::string_view to_text(Mechanism mechanism);  // "symmetricKey", "x509", "tpm", "none"

// What a leaf shows for itself.
struct NoEvidence {};
struct SasEvidence {
  std::string
      token;  // the whole text, "SharedAccessSignature sr=...&sig=...&se=..."; a credential: never logged
};
// The certificate of its TLS handshake, which proved that the leaf holds the key of it. Parsed once for a
// connection and shared by its attempts; never null. Its contents are gateway/crypto/x509.hpp's.
struct CertificateEvidence {
  std::shared_ptr<const crypto::CertificateChain> chain;
};
using Evidence = std::variant<NoEvidence, SasEvidence, CertificateEvidence>;

// What came of judging evidence against one enrollment.
enum class Proof {
  good,
  good_by_untrusted_clock,  // the signature is good; whether it still lives cannot be said (clock unsynced)
  proven_false,             // checkable here, and wrong
  not_checkable,            // nothing is held here that could judge it
  pending,                  // will be judged when the keys are back (locked, TPM busy)
};

struct Verdict {
  Proof proof = Proof::not_checkable;
  Reason reason = Reason::none;  // why it is not good, for the engineer
  // Names the credential that proved good, without telling it: hex SHA-256 of the key, or of
  // the leaf's certificate. Another value at the next registration means "changed" (semantics §3). Empty
  // unless proof is good.
  std::string credential;
  std::string detail;      // more of why, for the engineer; tells nothing of the credential
  bool secondary = false;  // proved by the secondary key or certificate: renewed, not cloned
};

}  // namespace leafgate

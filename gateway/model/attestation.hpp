#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/model/bytes.hpp"
#include "gateway/model/leaf_signature.hpp"
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
// What the proof of a leaf on the leaf link is made over (adapters/wire/leaf_link.cddl, proof-payload).
struct LeafClaim {
  std::string registration_id;  // as the leaf wrote it
  std::array<std::uint8_t, 32> nonce{};
  std::string binding;
  std::array<std::uint8_t, 32> register_hash{};
};
// By its device key, over the leaf link: a COSE_Mac0. Good for this one attempt, and as long as that lives.
struct MacEvidence {
  LeafClaim claim;
  Bytes mac;
};
// By the key of its certificate, over the leaf link: a COSE_Sign1. Not looked at yet.
struct LeafSignature {
  LeafClaim claim;
  SignatureScheme scheme = SignatureScheme::es256;
  Bytes octets;
};
// The certificate of its TLS handshake, which proved that the leaf holds the key of it; over the leaf link,
// `signature` has to prove that. Parsed once for a connection and shared by its attempts; never null. Its
// contents are gateway/crypto/x509.hpp's.
struct CertificateEvidence {
  std::shared_ptr<const crypto::CertificateChain> chain;
  std::shared_ptr<const LeafSignature> signature = nullptr;  // null: the handshake did
};
using Evidence = std::variant<NoEvidence, SasEvidence, CertificateEvidence, MacEvidence>;

// By what two attempts of a leaf are known to rest on one proof: its token, MAC or signature. Empty where
// there is none of them: the proof is the connection's.
[[nodiscard]] std::string_view proof_of(const Evidence& evidence);

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

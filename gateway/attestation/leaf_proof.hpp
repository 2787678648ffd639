#pragma once

#include <span>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/model/attestation.hpp"
#include "gateway/model/leaf_link.hpp"

namespace leafgate {

// The proofs of the leaf link, in both directions: COSE_Mac0 and COSE_Sign1 with detached payloads (RFC 9052
// §4.4, §6.3), each with its speaker as external_aad, so that neither can pass for the other. Source:
// adapters/wire/leaf_link.cddl. Pure; any thread.

// Judges a leaf's MAC by the keys that may vouch for `id`, tried in their order; without any, not_checkable.
// One over another id is false under every key.
[[nodiscard]] SasVerdict judge_mac(const MacEvidence& evidence, const RegistrationId& id,
                                   std::span<const CandidateKey> candidates);

// Whether the leaf that shows this chain holds the key of its first certificate: its handshake said so, or it
// has signed for `id`.
[[nodiscard]] bool holds_its_key(const CertificateEvidence& evidence, const RegistrationId& id);

[[nodiscard]] crypto::Digest gateway_mac(const GatewayWord& word, ByteView device_key);
// What the gateway's leaf-link key signs.
[[nodiscard]] Bytes gateway_text(const GatewayWord& word);

}  // namespace leafgate

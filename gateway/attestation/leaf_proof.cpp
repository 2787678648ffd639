#include "gateway/attestation/leaf_proof.hpp"

#include <string_view>

#include "gateway/crypto/certificate_signature.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/crypto/x509.hpp"
#include "gateway/model/cbor_writer.hpp"
#include "gateway/model/cose_number.hpp"

namespace leafgate {
namespace {

constexpr std::string_view by_leaf = "leaf";
constexpr std::string_view by_gateway = "gateway";
constexpr std::string_view mac_context = "MAC0";
constexpr std::string_view sign_context = "Signature1";
// MAC_structure and Sig_structure look alike.
Bytes structure(std::string_view context, int algorithm, std::string_view speaker, ByteView payload) {
  const Bytes protected_head = CborWriter().map(1).integer(1).integer(algorithm).take();
  return CborWriter()
      .array(4)
      .text(context)
      .octets(protected_head)
      .octets(as_bytes(speaker))
      .octets(payload)
      .take();
}

Bytes payload_of(const LeafClaim& claim) {
  return CborWriter()
      .array(4)
      .text(claim.registration_id)
      .octets(claim.nonce)
      .text(claim.binding)
      .octets(claim.register_hash)
      .take();
}

Bytes payload_of(const GatewayWord& word) {
  return CborWriter()
      .array(7)
      .integer(word.type)
      .integer(word.exchange)
      .text(word.registration_id)
      .octets(word.leaf_nonce)
      .octets(word.nonce)
      .octets(word.messages)
      .octets(word.body)
      .take();
}

}  // namespace

SasVerdict judge_mac(const MacEvidence& evidence, const RegistrationId& id,
                     std::span<const CandidateKey> candidates) {
  SasVerdict verdict;
  const bool is_its_own = evidence.claim.registration_id == id.text();
  const Bytes text = structure(mac_context, cose_hmac_256, by_leaf, payload_of(evidence.claim));
  for (std::size_t at = 0; is_its_own && at < candidates.size(); ++at) {
    const CandidateKey& candidate = candidates[at];
    if (candidate.key.empty()) continue;
    if (!crypto::equal_in_constant_time(crypto::hmac_sha256(candidate.key, text), evidence.mac)) continue;
    verdict.proof = Proof::good;
    verdict.credential = crypto::hex(crypto::sha256(candidate.key));
    verdict.secondary = candidate.secondary;
    verdict.candidate = at;
    return verdict;
  }
  if (is_its_own && candidates.empty()) return verdict;
  verdict.proof = Proof::proven_false;
  verdict.reason = is_its_own ? Reason::wrong_key : Reason::link_proof_false;
  return verdict;
}

bool holds_its_key(const CertificateEvidence& evidence, const RegistrationId& id) {
  if (!evidence.signature) return true;
  const LeafSignature& signature = *evidence.signature;
  if (signature.claim.registration_id != id.text()) return false;
  const Bytes text =
      structure(sign_context, cose_number(signature.scheme), by_leaf, payload_of(signature.claim));
  return crypto::is_signed_by(evidence.chain->leaf(), signature.scheme, text, signature.octets);
}

crypto::Digest gateway_mac(const GatewayWord& word, ByteView device_key) {
  return crypto::hmac_sha256(device_key, structure(mac_context, cose_hmac_256, by_gateway, payload_of(word)));
}

Bytes gateway_text(const GatewayWord& word) {
  return structure(sign_context, cose_number(SignatureScheme::es256), by_gateway, payload_of(word));
}

}  // namespace leafgate

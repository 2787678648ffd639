#include "adapters/tpm/sealing.hpp"

#include "gateway/crypto/p256.hpp"

namespace leafgate::tpm {
namespace {

constexpr std::size_t largest_secret = 64;

// The approver's key as the TPM would name it. Its attributes are part of the name, so they are fixed here.
Outcome<TPM2B_PUBLIC> approver_area(const TpmSealPolicy& policy) {
  const auto point = crypto::p256_point_of_pem(policy.approver);
  if (!point) return found(point.error().code, "the approver's key: " + point.error().detail);
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_ECC;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  area.publicArea.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
  TPMS_ECC_PARMS& ecc = area.publicArea.parameters.eccDetail;
  ecc.symmetric.algorithm = TPM2_ALG_NULL;
  ecc.scheme.scheme = TPM2_ALG_NULL;
  ecc.curveID = TPM2_ECC_NIST_P256;
  ecc.kdf.scheme = TPM2_ALG_NULL;
  const ByteView numbers = ByteView(*point).subspan(1);
  const bool fits = fill(area.publicArea.unique.ecc.x, numbers.first(crypto::p256_number_octets)) &&
                    fill(area.publicArea.unique.ecc.y, numbers.last(crypto::p256_number_octets));
  if (!fits) return found(Errc::refused, "the approver's key is too large");
  return area;
}

Outcome<TPM2B_DIGEST> policy_of(const TpmSealPolicy& policy) {
  if (policy.registers.empty()) return unseal_policy();
  const auto area = approver_area(policy);
  if (!area) return area.error();
  return approved_policy(name_of(*area));
}

Outcome<TPML_PCR_SELECTION> selection_of(const std::vector<std::uint32_t>& registers) {
  TPML_PCR_SELECTION selection{};
  selection.count = 1;
  TPMS_PCR_SELECTION& bank = selection.pcrSelections[0];
  bank.hash = TPM2_ALG_SHA256;
  bank.sizeofSelect = 3;
  for (const std::uint32_t number : registers) {
    if (number >= 24) return found(Errc::refused, "a TPM has registers 0 to 23");
    bank.pcrSelect[number / 8] = static_cast<BYTE>(bank.pcrSelect[number / 8] | 1U << number % 8);
  }
  return selection;
}

Outcome<TPMT_SIGNATURE> approval_of(const TpmSealPolicy& policy) {
  const auto parts = crypto::parse_p256_signature(policy.approval);
  if (!parts) return found(Errc::refused, "the approval is no signature of the approver");
  TPMT_SIGNATURE signature{};
  signature.sigAlg = TPM2_ALG_ECDSA;
  TPMS_SIGNATURE_ECC& ecdsa = signature.signature.ecdsa;
  ecdsa.hash = TPM2_ALG_SHA256;
  if (!fill(ecdsa.signatureR, parts->r) || !fill(ecdsa.signatureS, parts->s))
    return found(Errc::refused, "the approval is too large");
  return signature;
}

// Lets the approver's key, which is outside, vouch for the state of the registers as it is.
Outcome<void> satisfy_approval(Bench& bench, const Held& session, const TpmSealPolicy& policy) {
  const auto area = approver_area(policy);
  if (!area) return area.error();
  const auto signature = approval_of(policy);
  if (!signature) return signature.error();
  const auto selection = selection_of(policy.registers);
  if (!selection) return selection.error();
  Esys& esys = bench.esys();
  const TPM2B_DIGEST as_it_is{};
  const TSS2_RC measured = Esys_PolicyPCR(esys.raw(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                          &as_it_is, &*selection);
  if (auto done = esys.did(measured, "read the registers"); !done) return done;
  TPM2B_DIGEST* out = nullptr;
  const TSS2_RC told =
      Esys_PolicyGetDigest(esys.raw(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &out);
  const Made<TPM2B_DIGEST> state(out);
  if (auto done = esys.did(told, "read the policy"); !done) return done;
  const ByteView state_octets(state->buffer, state->size);

  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC loaded = Esys_LoadExternal(esys.raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                                           &*area, ESYS_TR_RH_OWNER, &object);
  if (auto done = esys.did(loaded, "load the approver's key"); !done) return done;
  const Held approver(esys, object);
  TPM2B_DIGEST to_verify{};
  if (!fill(to_verify, crypto::sha256(state_octets)))
    return found(Errc::refused, "a digest that is too long");
  TPMT_TK_VERIFIED* ticket_out = nullptr;
  const TSS2_RC verified = Esys_VerifySignature(esys.raw(), object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                                &to_verify, &*signature, &ticket_out);
  const Made<TPMT_TK_VERIFIED> ticket(ticket_out);
  if (auto done = esys.did(verified, "verify the approval"); !done) {
    if (done.error().sign != Sign::request) return done;
    return found(Errc::refused, "the registers are not as approved; to approve them sign policy " +
                                    crypto::hex(state_octets));
  }
  const Bytes name = name_of(*area);
  TPM2B_NAME approver_name{};
  approver_name.size = static_cast<UINT16>(name.size());
  std::ranges::copy(name, approver_name.name);
  const TPM2B_NONCE no_reference{};
  const TSS2_RC authorized =
      Esys_PolicyAuthorize(esys.raw(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, state.get(),
                           &no_reference, &approver_name, ticket.get());
  return esys.did(authorized, "use the approval");
}

Outcome<TpmObject> create(Bench& bench, const crypto::Secret& data, const crypto::Secret& auth,
                          const TPM2B_PUBLIC& area, const char* what) {
  Wiped<TPM2B_SENSITIVE_CREATE> sensitive;
  if (!fill(sensitive.sensitive.data, data.view()) || !fill(sensitive.sensitive.userAuth, auth.view()))
    return found(Errc::too_large, std::string(what) + ": a secret that is too long");
  bench.make_room();
  auto session = bench.session(Crossing::in);
  if (!session) return session.error();
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION registers{};
  TPM2B_PRIVATE* private_out = nullptr;
  TPM2B_PUBLIC* public_out = nullptr;
  Esys& esys = bench.esys();
  const TSS2_RC code =
      Esys_Create(esys.raw(), bench.storage(), *session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &area,
                  &outside, &registers, &private_out, &public_out, nullptr, nullptr, nullptr);
  const Made<TPM2B_PRIVATE> private_area(private_out);
  const Made<TPM2B_PUBLIC> public_area(public_out);
  if (auto done = esys.did(code, what); !done) return done.error();
  return object_of(*private_area, *public_area);
}

}  // namespace

Outcome<Held> start_policy(Bench& bench) {
  const TPMT_SYM_DEF cipher{TPM2_ALG_NULL, {0}, {0}};
  ESYS_TR session = ESYS_TR_NONE;
  Esys& esys = bench.esys();
  const TSS2_RC code =
      Esys_StartAuthSession(esys.raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                            nullptr, TPM2_SE_POLICY, &cipher, TPM2_ALG_SHA256, &session);
  if (auto done = esys.did(code, "start a policy"); !done) return done.error();
  return Held(esys, session);
}

Outcome<TpmObject> seal(Bench& bench, const crypto::Secret& secret, const TpmSealPolicy& policy) {
  if (secret.size() > largest_secret) return found(Errc::too_large, "a secret above 64 octets");
  const auto digest = policy_of(policy);
  if (!digest) return digest.error();
  return create(bench, secret, crypto::Secret(), sealed_template(*digest), "seal");
}

Outcome<TpmObject> make_hmac_key(Bench& bench, const crypto::Secret& key, const crypto::Secret& auth) {
  return create(bench, key, auth, hmac_template(), "make an HMAC key");
}

Outcome<crypto::Secret> unseal(Bench& bench, const TpmObject& sealed, const TpmSealPolicy& policy) {
  const auto parts = parts_of(sealed);
  if (!parts) return parts.error();
  bench.make_room();
  Esys& esys = bench.esys();
  const auto policy_session = start_policy(bench);
  if (!policy_session) return policy_session.error();
  if (policy.registers.empty()) {
    const TSS2_RC code = Esys_PolicyCommandCode(esys.raw(), policy_session->get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                                ESYS_TR_NONE, TPM2_CC_Unseal);
    if (auto done = esys.did(code, "satisfy the policy"); !done) return done.error();
  } else if (auto satisfied = satisfy_approval(bench, *policy_session, policy); !satisfied) {
    return satisfied.error();
  }
  auto plain = bench.session(Crossing::none);
  if (!plain) return plain.error();
  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC loaded = Esys_Load(esys.raw(), bench.storage(), *plain, ESYS_TR_NONE, ESYS_TR_NONE,
                                   &parts->private_area, &parts->public_area, &object);
  if (auto done = esys.did(loaded, "load what was sealed"); !done) return done.error();
  const Held held(esys, object);
  auto session = bench.session(Crossing::out);
  if (!session) return session.error();
  TPM2B_SENSITIVE_DATA* out = nullptr;
  const TSS2_RC code = Esys_Unseal(esys.raw(), object, policy_session->get(), *session, ESYS_TR_NONE, &out);
  const Made<TPM2B_SENSITIVE_DATA> data(out);
  if (auto done = esys.did(code, "unseal"); !done) return done.error();
  return take_secret(*data);
}

}  // namespace leafgate::tpm

#include "adapters/tpm/activation.hpp"

#include "adapters/tpm/identity.hpp"
#include "adapters/tpm/sealing.hpp"

namespace leafgate::tpm {
namespace {

constexpr std::size_t inner_key_size = 16;  // AES-128: every SDK expects that

class Reader {
 public:
  explicit Reader(ByteView octets) : octets_(octets) {}

  template <class T, class Unmarshal>
  bool take(T& into, Unmarshal unmarshal) {
    return unmarshal(octets_.data(), octets_.size(), &at_, &into) == TSS2_RC_SUCCESS;
  }
  // A last part with its length before it, or none at all.
  [[nodiscard]] bool ends_after_trailer() const {
    const ByteView rest = octets_.subspan(at_);
    if (rest.empty()) return true;
    return rest.size() >= 2 && rest.size() - 2 == (std::size_t{rest[0]} << 8 | rest[1]);
  }

 private:
  ByteView octets_;
  std::size_t at_ = 0;
};

bool is_hmac_key(const TPMT_PUBLIC& area) {
  const TPMT_KEYEDHASH_SCHEME& scheme = area.parameters.keyedHashDetail.scheme;
  return area.type == TPM2_ALG_KEYEDHASH && area.nameAlg == TPM2_ALG_SHA256 &&
         scheme.scheme == TPM2_ALG_HMAC && scheme.details.hmac.hashAlg == TPM2_ALG_SHA256 &&
         (area.objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) != 0;
}

// What the credential holds: the key of the inner wrapper.
Outcome<crypto::Secret> inner_key(Bench& bench, const KeyInUse& endorsement, const KeyInUse& storage,
                                  const AuthenticationKey& key) {
  Esys& esys = bench.esys();
  const auto policy = start_policy(bench);
  if (!policy) return policy.error();
  const TPM2B_NONCE none{};
  TPM2B_TIMEOUT* timeout = nullptr;
  TPMT_TK_AUTH* ticket = nullptr;
  const TSS2_RC satisfied =
      Esys_PolicySecret(esys.raw(), ESYS_TR_RH_ENDORSEMENT, policy->get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                        ESYS_TR_NONE, &none, &none, &none, 0, &timeout, &ticket);
  const Made<TPM2B_TIMEOUT> unused(timeout);
  const Made<TPMT_TK_AUTH> unused_too(ticket);
  if (auto done = esys.did(satisfied, "satisfy the endorsement key's policy"); !done) return done.error();
  auto session = bench.session(Crossing::out);
  if (!session) return session.error();
  TPM2B_DIGEST* out = nullptr;
  const TSS2_RC code = Esys_ActivateCredential(esys.raw(), storage.object, endorsement.object, *session,
                                               policy->get(), ESYS_TR_NONE, &key.credential, &key.seed, &out);
  const Made<TPM2B_DIGEST> opened(out);
  if (auto done = esys.did(code, "activate the credential"); !done) return done.error();
  return take_secret(*opened);
}

}  // namespace

Result<AuthenticationKey> parse_authentication_key(ByteView octets) {
  AuthenticationKey key;
  Reader reader(octets);
  const bool whole = reader.take(key.credential, Tss2_MU_TPM2B_ID_OBJECT_Unmarshal) &&
                     reader.take(key.seed, Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal) &&
                     reader.take(key.duplicate, Tss2_MU_TPM2B_PRIVATE_Unmarshal) &&
                     reader.take(key.outer_seed, Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal) &&
                     reader.take(key.area, Tss2_MU_TPM2B_PUBLIC_Unmarshal) && reader.ends_after_trailer();
  if (!whole) return Error(Errc::malformed, "not an authenticationKey");
  if (!is_hmac_key(key.area.publicArea)) return Error(Errc::malformed, "it carries no HMAC-SHA256 key");
  return key;
}

Outcome<TpmObject> activate(Bench& bench, const AuthenticationKey& key) {
  const auto endorsement = endorsement_key(bench);
  if (!endorsement) return endorsement.error();
  const auto storage = shown_storage_key(bench);
  if (!storage) return storage.error();
  const auto inner = inner_key(bench, *endorsement, *storage, key);
  if (!inner) return inner.error();
  if (inner->size() != inner_key_size) return found(Errc::refused, "an inner key that is not AES-128");
  Wiped<TPM2B_DATA> wrapping;
  if (!fill(wrapping, inner->view())) return found(Errc::refused, "an inner key that is too long");
  auto session = bench.session(Crossing::in);
  if (!session) return session.error();
  const TPMT_SYM_DEF_OBJECT cipher{TPM2_ALG_AES, {128}, {TPM2_ALG_CFB}};
  Esys& esys = bench.esys();
  TPM2B_PRIVATE* out = nullptr;
  const TSS2_RC code = Esys_Import(esys.raw(), storage->object, *session, ESYS_TR_NONE, ESYS_TR_NONE,
                                   &wrapping, &key.area, &key.duplicate, &key.outer_seed, &cipher, &out);
  const Made<TPM2B_PRIVATE> imported(out);
  if (auto done = esys.did(code, "import the key"); !done) return done.error();
  return object_of(*imported, key.area);
}

}  // namespace leafgate::tpm

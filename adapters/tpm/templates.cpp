#include "adapters/tpm/templates.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>

namespace leafgate::tpm {
namespace {

constexpr TPMA_OBJECT stays = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT;

// PolicyA of the TCG EK Credential Profile: PolicySecret(endorsement hierarchy).
constexpr std::array<std::uint8_t, 32> endorsement_policy = {
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

TPM2B_PUBLIC rsa_storage_area(TPMA_OBJECT attributes) {
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_RSA;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  area.publicArea.objectAttributes = attributes;
  TPMS_RSA_PARMS& rsa = area.publicArea.parameters.rsaDetail;
  rsa.symmetric.algorithm = TPM2_ALG_AES;
  rsa.symmetric.keyBits.aes = 128;
  rsa.symmetric.mode.aes = TPM2_ALG_CFB;
  rsa.scheme.scheme = TPM2_ALG_NULL;
  rsa.keyBits = 2048;
  area.publicArea.unique.rsa.size = 256;  // zeros
  return area;
}

TPM2B_PUBLIC keyed_hash_area(TPMA_OBJECT attributes) {
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_KEYEDHASH;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  area.publicArea.objectAttributes = attributes | TPMA_OBJECT_NODA;
  area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  return area;
}

void append(Bytes& to, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(number >> shift));
}

TPM2B_DIGEST to_digest(const crypto::Digest& hash) {
  TPM2B_DIGEST out{};
  out.size = static_cast<UINT16>(hash.size());
  std::copy(hash.begin(), hash.end(), out.buffer);
  return out;
}

template <class T>
using Marshal = TSS2_RC (*)(const T*, std::uint8_t*, std::size_t, std::size_t*);
template <class T>
using Unmarshal = TSS2_RC (*)(const std::uint8_t*, std::size_t, std::size_t*, T*);

template <class T>
Bytes written(const T& value, Marshal<T> marshal) {
  Bytes out(sizeof(T) + 64);
  std::size_t used = 0;
  if (marshal(&value, out.data(), out.size(), &used) != TSS2_RC_SUCCESS) used = 0;
  out.resize(used);
  return out;
}

template <class T>
bool read_whole(const Bytes& from, Unmarshal<T> unmarshal, T& into) {
  std::size_t used = 0;
  return unmarshal(from.data(), from.size(), &used, &into) == TSS2_RC_SUCCESS && used == from.size();
}

}  // namespace

TPM2B_PUBLIC endorsement_template() {
  TPM2B_PUBLIC area = rsa_storage_area(stays | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY |
                                       TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT);
  area.publicArea.authPolicy.size = static_cast<UINT16>(endorsement_policy.size());
  std::copy(endorsement_policy.begin(), endorsement_policy.end(), area.publicArea.authPolicy.buffer);
  return area;
}

TPM2B_PUBLIC storage_template() {
  return rsa_storage_area(stays | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                          TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT);
}

TPM2B_PUBLIC signing_template(std::uint32_t epoch) {
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_ECC;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  area.publicArea.objectAttributes = stays | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                                     TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT;
  TPMS_ECC_PARMS& ecc = area.publicArea.parameters.eccDetail;
  ecc.symmetric.algorithm = TPM2_ALG_NULL;
  ecc.scheme.scheme = TPM2_ALG_ECDSA;
  ecc.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  ecc.curveID = TPM2_ECC_NIST_P256;
  ecc.kdf.scheme = TPM2_ALG_NULL;
  TPMS_ECC_POINT& unique = area.publicArea.unique.ecc;  // 32 octets each; x ends in the epoch
  unique.x.size = 32;
  unique.y.size = 32;
  for (unsigned i = 0; i < 4; ++i) unique.x.buffer[28 + i] = static_cast<BYTE>(epoch >> (24 - 8 * i));
  return area;
}

TPM2B_PUBLIC hmac_template() {
  TPM2B_PUBLIC area = keyed_hash_area(stays | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT);
  TPMT_KEYEDHASH_SCHEME& scheme = area.publicArea.parameters.keyedHashDetail.scheme;
  scheme.scheme = TPM2_ALG_HMAC;
  scheme.details.hmac.hashAlg = TPM2_ALG_SHA256;
  return area;
}

TPM2B_PUBLIC sealed_template(const TPM2B_DIGEST& policy) {
  TPM2B_PUBLIC area = keyed_hash_area(stays | TPMA_OBJECT_ADMINWITHPOLICY);
  area.publicArea.authPolicy = policy;
  return area;
}

TPM2B_NV_PUBLIC counter_template(std::uint32_t index) {
  TPM2B_NV_PUBLIC area{};
  area.nvPublic.nvIndex = index;
  area.nvPublic.nameAlg = TPM2_ALG_SHA256;
  area.nvPublic.attributes = TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE |
                             TPMA_NV_OWNERREAD | TPMA_NV_NO_DA;
  area.nvPublic.dataSize = 8;
  return area;
}

bool is_rsa_2048(const TPM2B_PUBLIC& area) {
  return area.publicArea.type == TPM2_ALG_RSA && area.publicArea.parameters.rsaDetail.keyBits == 2048;
}

bool is_storage_key(const TPM2B_PUBLIC& area) {
  constexpr TPMA_OBJECT wanted = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | stays;
  const TPMA_OBJECT attributes = area.publicArea.objectAttributes;
  return (area.publicArea.type == TPM2_ALG_RSA || area.publicArea.type == TPM2_ALG_ECC) &&
         area.publicArea.nameAlg == TPM2_ALG_SHA256 && (attributes & wanted) == wanted &&
         (attributes & TPMA_OBJECT_SIGN_ENCRYPT) == 0;
}

Bytes name_of(const TPM2B_PUBLIC& area) {
  const Bytes sized = marshalled(area);
  if (sized.size() < 2) return {};
  const crypto::Digest hash = crypto::sha256(ByteView(sized).subspan(2));
  Bytes name = {0x00, 0x0B};
  name.insert(name.end(), hash.begin(), hash.end());
  return name;
}

TPM2B_DIGEST unseal_policy() {
  Bytes input(32);
  append(input, TPM2_CC_PolicyCommandCode);
  append(input, TPM2_CC_Unseal);
  return to_digest(crypto::sha256(input));
}

TPM2B_DIGEST approved_policy(ByteView approver_name) {
  Bytes input(32);
  append(input, TPM2_CC_PolicyAuthorize);
  input.insert(input.end(), approver_name.begin(), approver_name.end());
  return to_digest(crypto::sha256(crypto::sha256(input)));  // the second time with the empty reference
}

Bytes marshalled(const TPM2B_PUBLIC& area) { return written(area, Tss2_MU_TPM2B_PUBLIC_Marshal); }
Bytes marshalled(const TPM2B_PRIVATE& area) { return written(area, Tss2_MU_TPM2B_PRIVATE_Marshal); }
Bytes marshalled(const TPMT_SIGNATURE& signature) {
  return written(signature, Tss2_MU_TPMT_SIGNATURE_Marshal);
}

Outcome<ObjectParts> parts_of(const TpmObject& object) {
  ObjectParts parts;
  if (!read_whole(object.private_area, Tss2_MU_TPM2B_PRIVATE_Unmarshal, parts.private_area) ||
      !read_whole(object.public_area, Tss2_MU_TPM2B_PUBLIC_Unmarshal, parts.public_area))
    return found(Errc::refused, "not an object of a TPM");
  return parts;
}

TpmObject object_of(const TPM2B_PRIVATE& private_area, const TPM2B_PUBLIC& public_area) {
  return {marshalled(private_area), marshalled(public_area)};
}

}  // namespace leafgate::tpm

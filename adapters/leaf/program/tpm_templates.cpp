#include "adapters/leaf/program/tpm_templates.hpp"

#include <cstring>

namespace leafgate::device {
namespace {

TPM2B_PUBLIC decryption_template(TPMA_OBJECT attributes) {
  TPM2B_PUBLIC area{};
  TPMT_PUBLIC& p = area.publicArea;
  p.type = TPM2_ALG_RSA;
  p.nameAlg = TPM2_ALG_SHA256;
  p.objectAttributes = attributes | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                       TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  p.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_AES;
  p.parameters.rsaDetail.symmetric.keyBits.aes = 128;
  p.parameters.rsaDetail.symmetric.mode.aes = TPM2_ALG_CFB;
  p.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
  p.parameters.rsaDetail.keyBits = 2048;
  p.unique.rsa.size = 256;
  return area;
}

}  // namespace

TPM2B_PUBLIC endorsement_template() {
  static constexpr unsigned char policy[32] = {
      0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
      0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};
  TPM2B_PUBLIC area = decryption_template(TPMA_OBJECT_ADMINWITHPOLICY);
  area.publicArea.authPolicy.size = sizeof policy;
  std::memcpy(area.publicArea.authPolicy.buffer, policy, sizeof policy);
  return area;
}

TPM2B_PUBLIC storage_template() { return decryption_template(TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA); }

}  // namespace leafgate::device

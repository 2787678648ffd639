// What a leaf shows of its TPM.
#include <algorithm>
#include <array>

#include "gateway/attestation/tpm_credential.hpp"
#include "gateway/attestation/tpm_octets.hpp"
#include "gateway/crypto/base32.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"

namespace leafgate {
namespace {

constexpr std::size_t largest_public = 512;  // of TPM2B_PUBLIC; those that fit have 316 and 284 octets
constexpr std::size_t modulus_octets = 256;

// TPM 2.0 library part 2: 6.3 algorithms, 8.3.2 attributes.
constexpr std::uint32_t alg_rsa = 0x0001;
constexpr std::uint32_t alg_aes = 0x0006;
constexpr std::uint32_t alg_sha256 = 0x000B;
constexpr std::uint32_t alg_null = 0x0010;
constexpr std::uint32_t alg_cfb = 0x0043;
constexpr std::uint32_t fixed_tpm = 1U << 1;
constexpr std::uint32_t fixed_parent = 1U << 4;
constexpr std::uint32_t sensitive_data_origin = 1U << 5;
constexpr std::uint32_t user_with_auth = 1U << 6;
constexpr std::uint32_t admin_with_policy = 1U << 7;
constexpr std::uint32_t no_da = 1U << 10;
constexpr std::uint32_t restricted = 1U << 16;
constexpr std::uint32_t decrypt = 1U << 17;
constexpr std::uint32_t of_both = fixed_tpm | fixed_parent | sensitive_data_origin | restricted | decrypt;

// PolicySecret(TPM_RH_ENDORSEMENT), SHA-256 (TCG EK credential profile, B.6.2).
constexpr std::array<std::uint8_t, 32> endorsement_policy{
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

// What differs between the two keys.
struct Wanted {
  std::uint32_t attributes;  // that must be set
  std::uint32_t may;         // that may be
  ByteView policy;
};

Error wrong(const char* field) { return {Errc::malformed, std::string("TPM2B_PUBLIC: ") + field}; }

Result<TpmPublic> read(ByteView tpm2b_public, const Wanted& wanted) {
  if (tpm2b_public.size() > largest_public) return wrong("too large");
  TpmOctets whole(tpm2b_public);
  const Bytes area = whole.sized();
  if (!whole.ended()) return wrong("its size");
  TpmOctets in(area);
  if (in.number(2) != alg_rsa) return wrong("type");
  if (in.number(2) != alg_sha256) return wrong("nameAlg");
  const std::uint32_t attributes = in.long_word();
  const bool has_all = (attributes & wanted.attributes) == wanted.attributes;
  if (!has_all || (attributes & ~(wanted.attributes | wanted.may)) != 0) return wrong("objectAttributes");
  const Bytes policy = in.sized();
  if (!std::equal(policy.begin(), policy.end(), wanted.policy.begin(), wanted.policy.end()))
    return wrong("authPolicy");
  if (in.number(2) != alg_aes || in.number(2) != 128 || in.number(2) != alg_cfb) return wrong("symmetric");
  if (in.number(2) != alg_null) return wrong("scheme");
  if (in.number(2) != modulus_octets * 8) return wrong("keyBits");
  if (const std::uint32_t exponent = in.long_word(); exponent != 0 && exponent != 65'537)
    return wrong("exponent");
  Bytes modulus = in.sized();
  if (!in.ended() || modulus.size() != modulus_octets) return wrong("unique");
  if (modulus.front() < 0x80 || modulus.back() % 2 == 0) return wrong("modulus");

  TpmPublic out;
  out.modulus = std::move(modulus);
  const crypto::Digest name = crypto::sha256(area);
  out.name = {alg_sha256 >> 8, alg_sha256 & 0xff};
  out.name.insert(out.name.end(), name.begin(), name.end());
  out.digest = crypto::hex(crypto::sha256(tpm2b_public));
  return out;
}

Result<Bytes> octets_of(const std::string& text, const char* which) {
  if (text.empty()) return Error(Errc::malformed, std::string(which) + " is missing");
  auto octets = crypto::base64::decode(text);
  if (!octets) return Error(Errc::malformed, std::string(which) + ": " + octets.error().detail);
  return octets;
}

Error of(const char* which, const Error& error) {
  return {error.code, std::string(which) + ": " + error.detail};
}

}  // namespace

Result<TpmPublic> read_endorsement_key(ByteView tpm2b_public) {
  return read(tpm2b_public, {of_both | admin_with_policy, user_with_auth | no_da, endorsement_policy});
}

Result<TpmPublic> read_storage_key(ByteView tpm2b_public) {
  return read(tpm2b_public, {of_both | user_with_auth, no_da | admin_with_policy, {}});
}

Result<ShownTpm> read_tpm_keys(const TpmKeys& keys) {
  const auto endorsement = octets_of(keys.endorsement_key, "endorsementKey");
  if (!endorsement) return endorsement.error();
  const auto storage = octets_of(keys.storage_root_key, "storageRootKey");
  if (!storage) return storage.error();
  auto endorsement_key = read_endorsement_key(*endorsement);
  if (!endorsement_key) return of("endorsementKey", endorsement_key.error());
  auto storage_key = read_storage_key(*storage);
  if (!storage_key) return of("storageRootKey", storage_key.error());
  ShownTpm out;
  out.endorsement = std::move(*endorsement_key);
  out.storage = std::move(*storage_key);
  return out;
}

std::string default_registration_id(ByteView endorsement_public) {
  return crypto::base32::encode_lower(crypto::sha256(endorsement_public));
}

}  // namespace leafgate

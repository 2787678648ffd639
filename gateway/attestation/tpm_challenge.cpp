// The challenge that only one TPM can open: TPM2_MakeCredential and the duplication of an HMAC key, in
// software (TPM 2.0 library part 1, 23 "duplication" and 24 "credential protection").
#include <algorithm>
#include <initializer_list>

#include "gateway/attestation/tpm_credential.hpp"
#include "gateway/crypto/aes_cfb.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/crypto/kdfa.hpp"
#include "gateway/crypto/rsa_oaep.hpp"

namespace leafgate {
namespace {

constexpr std::size_t seed_octets = 32;
constexpr std::size_t inner_key_octets = 16;  // C, C# and iot-identity-service take no other size
constexpr std::uint32_t alg_hmac = 0x0005;
constexpr std::uint32_t alg_keyed_hash = 0x0008;
constexpr std::uint32_t challenge_alg_sha256 = 0x000B;
constexpr std::uint32_t signs_for_its_user = 0x0004'0440;  // userWithAuth, noDA, sign; may leave its TPM
constexpr std::string_view identity{"IDENTITY\0", 9};
constexpr std::string_view duplicate{"DUPLICATE\0", 10};

void append(Bytes& out, ByteView octets) { out.insert(out.end(), octets.begin(), octets.end()); }

void append_number(Bytes& out, std::uint32_t number, unsigned size) {
  for (unsigned left = size; left > 0; --left)
    out.push_back(static_cast<std::uint8_t>(number >> (8 * (left - 1))));
}

void append_sized(Bytes& out, ByteView octets) {
  append_number(out, static_cast<std::uint32_t>(octets.size()), 2);
  append(out, octets);
}

// What is secret of its parts stays so.
crypto::Secret joined(std::initializer_list<ByteView> parts) {
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  crypto::Secret out(size);
  auto at = out.writable().begin();
  for (const ByteView part : parts) at = std::copy(part.begin(), part.end(), at);
  return out;
}

Bytes number(std::size_t value) {
  Bytes out;
  append_number(out, static_cast<std::uint32_t>(value), 2);
  return out;
}

crypto::Secret drawn(const FillRandom& fill, std::size_t size) {
  crypto::Secret out(size);
  fill(out.writable());
  return out;
}

// Under a seed that only the TPM learns: HMAC over what is encrypted, and the name it is bound to.
Bytes wrapped(const crypto::Secret& seed, ByteView content, ByteView name) {
  const crypto::Secret key = crypto::kdfa_sha256(seed.view(), "STORAGE", name, {}, 128);
  const crypto::Secret mac_key = crypto::kdfa_sha256(seed.view(), "INTEGRITY", {}, {}, 256);
  const Bytes encrypted = crypto::aes128_cfb_encrypt(key.view(), content);
  Bytes authentic = encrypted;
  append(authentic, name);
  Bytes out;
  append_sized(out, crypto::hmac_sha256(mac_key.view(), authentic));
  append(out, encrypted);
  return out;
}

// TPMT_PUBLIC of the HMAC key.
Bytes public_area(const crypto::Secret& seed, const crypto::Secret& hmac_key) {
  const crypto::Digest unique = crypto::sha256(joined({seed.view(), hmac_key.view()}).view());
  Bytes out;
  append_number(out, alg_keyed_hash, 2);
  append_number(out, challenge_alg_sha256, 2);
  append_number(out, signs_for_its_user, 4);
  append_number(out, 0, 2);  // no policy
  append_number(out, alg_hmac, 2);
  append_number(out, challenge_alg_sha256, 2);
  append_sized(out, unique);
  return out;
}

Bytes name_of(ByteView area) {
  Bytes out;
  append_number(out, challenge_alg_sha256, 2);
  append(out, crypto::sha256(area));
  return out;
}

// The HMAC key as TPM2_Import takes it within the inner wrapper: integrity and TPM2B_SENSITIVE, encrypted.
Bytes inner_wrapped(const crypto::Secret& inner_key, const crypto::Secret& seed, const crypto::Secret& key,
                    ByteView name) {
  const Bytes no_auth = number(0);
  const crypto::Secret sensitive = joined(
      {number(alg_keyed_hash), no_auth, number(seed.size()), seed.view(), number(key.size()), key.view()});
  const crypto::Secret sized = joined({number(sensitive.size()), sensitive.view()});
  const crypto::Digest integrity = crypto::sha256(joined({sized.view(), name}).view());
  const crypto::Secret content = joined({number(integrity.size()), integrity, sized.view()});
  return crypto::aes128_cfb_encrypt(inner_key.view(), content.view());
}

}  // namespace

Result<Bytes> make_challenge(const TpmPublic& endorsement, const TpmPublic& storage, const FillRandom& fill,
                             const crypto::Secret& hmac_key, std::string_view uri_data) {
  const crypto::Secret inner_key = drawn(fill, inner_key_octets);
  const crypto::Secret credential_seed = drawn(fill, seed_octets);
  const crypto::Secret object_seed = drawn(fill, seed_octets);
  const crypto::Secret duplication_seed = drawn(fill, seed_octets);
  const auto to_endorsement = crypto::rsa_oaep_sha256(endorsement.modulus, identity, credential_seed.view());
  if (!to_endorsement) return to_endorsement.error();
  const auto to_storage = crypto::rsa_oaep_sha256(storage.modulus, duplicate, duplication_seed.view());
  if (!to_storage) return to_storage.error();

  const Bytes area = public_area(object_seed, hmac_key);
  const Bytes name = name_of(area);
  const crypto::Secret credential = joined({number(inner_key.size()), inner_key.view()});
  const Bytes duplicated = inner_wrapped(inner_key, object_seed, hmac_key, name);

  Bytes out;
  append_sized(out, wrapped(credential_seed, credential.view(), storage.name));  // TPM2B_ID_OBJECT
  append_sized(out, *to_endorsement);
  append_sized(out, wrapped(duplication_seed, duplicated, name));  // TPM2B_PRIVATE
  append_sized(out, *to_storage);
  append_sized(out, area);
  append_sized(out, crypto::aes128_cfb_encrypt(inner_key.view(), as_bytes(uri_data)));
  return out;
}

}  // namespace leafgate

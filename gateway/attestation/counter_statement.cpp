#include "gateway/attestation/counter_statement.hpp"

#include <algorithm>

#include "gateway/attestation/tpm_octets.hpp"
#include "gateway/crypto/p256.hpp"

namespace leafgate {
namespace {

constexpr std::uint32_t generated_by_tpm = 0xff544347;  // TPM_GENERATED_VALUE
constexpr std::uint16_t attest_nv = 0x8014;             // TPM_ST_ATTEST_NV
constexpr std::uint16_t ecc = 0x0023;
constexpr std::uint16_t sha256 = 0x000b;
constexpr std::uint16_t ecdsa = 0x0018;
constexpr std::uint16_t none = 0x0010;  // TPM_ALG_NULL
constexpr std::uint16_t p256 = 0x0003;
constexpr std::uint32_t endorsement = 0x4000000b;  // TPM_RH_ENDORSEMENT
constexpr std::size_t name_size = 34;
constexpr std::size_t number_size = 32;

// Of TPMA_OBJECT: made in this TPM and not to leave it, for signing what the TPM itself made alone.
constexpr std::uint32_t signer_fixed_tpm = 1U << 1U;
constexpr std::uint32_t signer_fixed_parent = 1U << 4U;
constexpr std::uint32_t data_origin = 1U << 5U;
constexpr std::uint32_t signer_restricted = 1U << 16U;
constexpr std::uint32_t decrypts = 1U << 17U;
constexpr std::uint32_t signs = 1U << 18U;
constexpr std::uint32_t signer_wanted =
    signer_fixed_tpm | signer_fixed_parent | data_origin | signer_restricted | signs;

Bytes named(ByteView octets) {
  const crypto::Digest digest = crypto::sha256(octets);
  Bytes out(2 + digest.size());  // whole at once: GCC 12 sees a vector of two grow beyond its bounds
  out[0] = sha256 >> 8U;
  out[1] = sha256 & 0xffU;
  std::copy(digest.begin(), digest.end(), out.begin() + 2);
  return out;
}

void put_padded(Bytes& out, const Bytes& number) {
  out.insert(out.end(), number_size - number.size(), 0);
  out.insert(out.end(), number.begin(), number.end());
}

struct Signature {
  Bytes r;
  Bytes s;
};

Result<Signature> parse_signature(ByteView octets) {
  TpmOctets in(octets);
  Signature out;
  in.expect(ecdsa, 2);
  in.expect(sha256, 2);
  out.r = in.sized(1, number_size);
  out.s = in.sized(1, number_size);
  if (!in.ended()) return Error(Errc::malformed, "no ECDSA signature of a TPM");
  return out;
}

}  // namespace

Result<CounterStatement> parse_counter_statement(ByteView attest) {
  TpmOctets in(attest);
  CounterStatement out;
  in.expect(generated_by_tpm, 4);
  in.expect(attest_nv, 2);
  out.signer = in.sized(name_size, name_size);
  out.extra = in.sized(0, 64);
  out.clock = in.number(8);
  out.reset_count = in.long_word();
  out.restart_count = in.long_word();
  const std::uint64_t safe = in.number(1);
  out.firmware = in.number(8);
  out.index = in.sized(name_size, name_size);
  in.expect(0, 2);  // offset
  in.expect(8, 2);
  out.counter = in.number(8);
  out.safe = safe == 1;
  if (!in.ended() || safe > 1) return Error(Errc::malformed, "no statement of a TPM over a counter");
  return out;
}

Result<SigningKey> parse_signing_key(ByteView public_area) {
  TpmOctets outer(public_area);
  const Bytes area = outer.sized(1, 512);
  TpmOctets in(area);
  in.expect(ecc, 2);
  in.expect(sha256, 2);
  const std::uint32_t attributes = in.long_word();
  (void)in.sized(0, 64);  // policy
  in.expect(none, 2);     // symmetric
  in.expect(ecdsa, 2);
  in.expect(sha256, 2);
  in.expect(p256, 2);
  in.expect(none, 2);  // KDF
  const Bytes x = in.sized(1, number_size);
  const Bytes y = in.sized(1, number_size);
  if (!outer.ended() || !in.ended()) return Error(Errc::malformed, "no P-256 signing key of a TPM");
  if ((attributes & signer_wanted) != signer_wanted || (attributes & decrypts) != 0)
    return Error(Errc::malformed, "a key that may sign more than what its TPM says");
  SigningKey out;
  out.point.push_back(0x04);
  put_padded(out.point, x);
  put_padded(out.point, y);
  Bytes qualified;
  for (unsigned shift = 32; shift > 0; shift -= 8)
    qualified.push_back(static_cast<std::uint8_t>(endorsement >> (shift - 8)));
  const Bytes name = named(area);
  qualified.insert(qualified.end(), name.begin(), name.end());
  out.qualified_name = named(qualified);
  return out;
}

Result<CounterStatement> verify_counter_statement(ByteView attest, ByteView signature, ByteView public_area,
                                                  const crypto::Digest& extra) {
  auto statement = parse_counter_statement(attest);
  if (!statement) return statement.error();
  const auto key = parse_signing_key(public_area);
  if (!key) return key.error();
  const auto numbers = parse_signature(signature);
  if (!numbers) return numbers.error();
  if (statement->signer != key->qualified_name)
    return Error(Errc::refused, "the statement names another key than the one that comes with it");
  if (!std::equal(statement->extra.begin(), statement->extra.end(), extra.begin(), extra.end()))
    return Error(Errc::refused, "the signature is over something else: what it stands for was changed");
  if (!crypto::is_p256_signature(key->point, attest, numbers->r, numbers->s))
    return Error(Errc::refused, "the signature is false");
  return statement;
}

}  // namespace leafgate

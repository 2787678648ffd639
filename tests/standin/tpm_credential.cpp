#include "tests/standin/tpm_credential.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {
namespace {

// TPM 2.0 Library, Part 2: Structures.
constexpr std::uint32_t alg_rsa = 0x0001;
constexpr std::uint32_t alg_hmac = 0x0005;
constexpr std::uint32_t alg_aes = 0x0006;
constexpr std::uint32_t alg_keyedhash = 0x0008;
constexpr std::uint32_t alg_sha256 = 0x000B;
constexpr std::uint32_t alg_null = 0x0010;
constexpr std::uint32_t alg_cfb = 0x0043;
constexpr std::uint32_t fixed_tpm = 0x2, fixed_parent = 0x10, sensitive_data_origin = 0x20;
constexpr std::uint32_t user_with_auth = 0x40, no_da = 0x400;
constexpr std::uint32_t restricted = 0x10000, decrypt = 0x20000, sign = 0x40000;

constexpr std::size_t modulus_size = 256;
constexpr std::size_t longest_remark = 190;

std::string number(std::uint32_t value, int octets) {
  std::string text;
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
    text.push_back(static_cast<char>((value >> shift) & 0xffU));
  return text;
}

std::string u16(std::uint32_t value) { return number(value, 2); }
std::string u32(std::uint32_t value) { return number(value, 4); }
std::string sized(const std::string& octets) {
  return u16(static_cast<std::uint32_t>(octets.size())) + octets;
}

std::string sha256(std::string_view text) {
  std::string digest(32, '\0');
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
                 EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  return digest;
}

std::string name_of(std::string_view area) { return u16(alg_sha256) + sha256(area); }

std::string random_octets(std::size_t count) {
  std::string octets(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("no random bytes");
  return octets;
}

// Takes big-endian numbers off the front; once too short it stays so.
class Area {
 public:
  explicit Area(std::string_view rest) : rest_(rest) {}
  std::uint32_t take(int octets) {
    std::uint32_t value = 0;
    for (const char c : take_octets(static_cast<std::size_t>(octets)))
      value = (value << 8U) | static_cast<unsigned char>(c);
    return value;
  }
  std::string take_octets(std::size_t count) {
    if (count > rest_.size()) short_ = true;
    const std::string octets(rest_.substr(0, short_ ? 0 : count));
    rest_.remove_prefix(octets.size());
    return octets;
  }
  bool ended() const { return !short_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool short_ = false;
};

std::shared_ptr<EVP_PKEY> rsa_key(const std::string& modulus) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> n(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(modulus.data()), static_cast<int>(modulus.size()),
                nullptr),
      BN_free);
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> build(OSSL_PARAM_BLD_new(),
                                                                              OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_ulong(build.get(), OSSL_PKEY_PARAM_RSA_E, RSA_F4);
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(
      OSSL_PARAM_BLD_to_param(build.get()), OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return {key, EVP_PKEY_free};
}

// RSA-OAEP with SHA-256; the label ends in a zero octet, which counts (Part 1, B.4).
std::string oaep(EVP_PKEY* key, std::string_view label, std::string_view text) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key, nullptr),
                                                                            EVP_PKEY_CTX_free);
  auto* owned = static_cast<unsigned char*>(OPENSSL_zalloc(label.size() + 1));
  std::memcpy(owned, label.data(), label.size());
  std::string out(modulus_size, '\0');
  std::size_t size = out.size();
  if (EVP_PKEY_encrypt_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), owned, static_cast<int>(label.size() + 1)) != 1 ||
      EVP_PKEY_encrypt(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1)
    throw std::runtime_error("RSA-OAEP failed");
  return out;
}

// KDFa with SHA-256, one block of it at most (Part 1, 11.4.10.2).
std::string kdfa(std::string_view key, const std::string& label, const std::string& context,
                 std::uint32_t bits) {
  const std::string zero(1, '\0');
  return hmac_sha256(key, u32(1) + label + zero + context + u32(bits)).substr(0, bits / 8);
}

std::string aes_cfb(const std::string& key, const std::string& text) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  const std::string iv(16, '\0');
  std::string out(text.size(), '\0');
  int size = 0;
  if (EVP_EncryptInit_ex2(context.get(), EVP_aes_128_cfb128(),
                          reinterpret_cast<const unsigned char*>(key.data()),
                          reinterpret_cast<const unsigned char*>(iv.data()), nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                        reinterpret_cast<const unsigned char*>(text.data()),
                        static_cast<int>(text.size())) != 1)
    throw std::runtime_error("AES-CFB failed");
  return out;
}

// The outer wrapper of credentials and of duplicates (Part 1, 22.4 and 24): encrypted, then authenticated,
// both bound to `name`.
std::string wrapped(const std::string& seed, const std::string& name, const std::string& text) {
  const std::string encrypted = aes_cfb(kdfa(seed, "STORAGE", name, 128), text);
  return sized(hmac_sha256(kdfa(seed, "INTEGRITY", {}, 256), encrypted + name)) + encrypted;
}

}  // namespace

std::optional<TpmPublic> read_tpm_public(std::string_view base64) {
  const auto octets = base64_decode(base64);
  if (!octets) return std::nullopt;
  Area area(*octets);
  if (area.take(2) + 2 != octets->size()) return std::nullopt;
  if (area.take(2) != alg_rsa || area.take(2) != alg_sha256) return std::nullopt;
  constexpr std::uint32_t needed = fixed_tpm | fixed_parent | sensitive_data_origin | restricted | decrypt;
  if ((area.take(4) & (needed | sign)) != needed) return std::nullopt;
  area.take_octets(area.take(2));  // its policy is the device's business
  if (area.take(2) != alg_aes || area.take(2) != 128 || area.take(2) != alg_cfb) return std::nullopt;
  if (area.take(2) != alg_null || area.take(2) != 8 * modulus_size) return std::nullopt;
  if (area.take(4) != 0 || area.take(2) != modulus_size) return std::nullopt;
  const std::string modulus = area.take_octets(modulus_size);
  if (!area.ended()) return std::nullopt;
  auto key = rsa_key(modulus);
  if (!key) return std::nullopt;
  return TpmPublic{*octets, name_of(std::string_view(*octets).substr(2)), std::move(key)};
}

std::string authentication_key(const TpmPublic& endorsement, const TpmPublic& storage,
                               std::string_view hmac_key, std::string_view remark) {
  const std::string inner_key = random_octets(16);
  // The credential: the inner key, for the TPM that has the EK and, loaded in it, the storage key.
  const std::string credential_seed = random_octets(32);
  const std::string credential = wrapped(credential_seed, storage.name, sized(inner_key));

  // The HMAC key as an object, ready to be imported below the storage key.
  const std::string obfuscation = random_octets(32);
  const std::string object = u16(alg_keyedhash) + u16(alg_sha256) + u32(user_with_auth | no_da | sign) +
                             sized({}) + u16(alg_hmac) + u16(alg_sha256) +
                             sized(sha256(obfuscation + std::string(hmac_key)));
  const std::string sensitive =
      sized(u16(alg_keyedhash) + sized({}) + sized(obfuscation) + sized(std::string(hmac_key)));
  const std::string name = name_of(object);
  const std::string inner = aes_cfb(inner_key, sized(sha256(sensitive + name)) + sensitive);
  const std::string duplicate_seed = random_octets(32);

  return base64_encode(sized(credential) + sized(oaep(endorsement.key.get(), "IDENTITY", credential_seed)) +
                       sized(wrapped(duplicate_seed, name, inner)) +
                       sized(oaep(storage.key.get(), "DUPLICATE", duplicate_seed)) + sized(object) +
                       sized(aes_cfb(inner_key, std::string(remark.substr(0, longest_remark)))));
}

}  // namespace leafgate::standin

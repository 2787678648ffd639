#include <gtest/gtest.h>

#include "gateway/crypto/aes_cfb.hpp"
#include "gateway/crypto/base32.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/kdfa.hpp"
#include "gateway/crypto/rsa_oaep.hpp"

namespace leafgate::crypto::tpm_primitives_test {
namespace {

Bytes from_hex(std::string_view text) {
  Bytes out;
  for (std::size_t i = 0; i < text.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return out;
}

// RFC 4648 §10, in lower case and without padding.
TEST(Base32, GivesThePublishedTexts) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "my"},
                                                      {"fo", "mzxq"},
                                                      {"foo", "mzxw6"},
                                                      {"foob", "mzxw6yq"},
                                                      {"fooba", "mzxw6ytb"},
                                                      {"foobar", "mzxw6ytboi"}};
  for (const auto& [octets, text] : rows) EXPECT_EQ(base32::encode_lower(as_bytes(octets)), text);
}

// The published vectors have other IVs.
TEST(AesCfb, GivesWhatAnotherImplementationGives) {
  const Bytes key = from_hex("2b7e151628aed2a6abf7158809cf4f3c");
  EXPECT_EQ(hex(aes128_cfb_encrypt(key, {})), "");
  EXPECT_EQ(hex(aes128_cfb_encrypt(key, from_hex("6bc1bee22e409f96e93d7e117393172aae2d8a"))),
            "1636d5ee34f80625d77f8e56ca884345863601");
  EXPECT_THROW((void)aes128_cfb_encrypt(as_bytes("short"), key), std::runtime_error);
}

TEST(Kdfa, GivesWhatAnotherImplementationGives) {
  Bytes key(32);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(hex(kdfa_sha256(key, "STORAGE", as_bytes("name"), {}, 128).view()),
            "97f1ccec355e7643a61c69d29ad6404d");
  EXPECT_EQ(hex(kdfa_sha256(key, "INTEGRITY", {}, {}, 256).view()),
            "bacf689f634ece301e1f1b15b072d9c87db6a69585db42b1a0cb8f73ebe2692e");
  EXPECT_EQ(hex(kdfa_sha256(key, "ATH", as_bytes("u"), as_bytes("vv"), 512).view()),
            "b422d73e06637ba67a13ff626586068fd855ad2e5fb578eb8b27ef1ce9f6744a"
            "0c254202bd97b051d4a257972c62c4bd4d9f4e675314d9a49232b82622ef092c");
}

TEST(RsaOaep, EncryptsAnewEachTimeAndRefusesWhatIsNoKey) {
  Bytes modulus(256, 0xc3);
  const auto once = rsa_oaep_sha256(modulus, "L", as_bytes("a seed"));
  const auto again = rsa_oaep_sha256(modulus, "L", as_bytes("a seed"));
  ASSERT_TRUE(once && again);
  EXPECT_EQ(once->size(), 256U);
  EXPECT_NE(*once, *again);
  EXPECT_EQ(rsa_oaep_sha256(modulus, "L", Bytes(191)).error().code, Errc::malformed);  // too long for it
  EXPECT_EQ(rsa_oaep_sha256({}, "L", as_bytes("x")).error().code, Errc::malformed);
}

}  // namespace
}  // namespace leafgate::crypto::tpm_primitives_test

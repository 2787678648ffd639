#include "gateway/crypto/document_signature.hpp"

#include <string>

#include <gtest/gtest.h>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/p256.hpp"
#include "tests/fakes/document_keys.hpp"

namespace leafgate::crypto::document_signature_test {
namespace {

using namespace example;

constexpr const char* p384_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEh7fB74c8c/xnPmM/A8PJRXSady+XAyAr\n"
    "eeRogxH5ZBEah1NgPL9HLhW6GC6adxj9hrnneZOvVTZFa5x4G9NOMQTfexgzBNsi\n"
    "80v/jkidHtVLYEzTHvdAiWOYPenZ62Cm\n"
    "-----END PUBLIC KEY-----\n";
// What OpenSSL 3.0 has signed: dgst -sha256 -sign, pkeyutl -sign -rawin.
constexpr const char* document = "the list of today\n";
constexpr const char* ec_signature =
    "MEUCIQD8sNus4rLLj/iVmYrGCvVXZOCOikSvTH5uBWfGqWhDOAIgcMSdoQn09N1QLHODYRgzwvtHstSRwMqk2saO32O79J8=";
constexpr const char* ed_signature =
    "5HiCR74h/LEKYJQnkv/KFLQX5gQ1X+5bWLEpyxyzAfwB6T58OEeWi0eD2RNmlq21ID8qvmVfZzumgNAj/tdFDg==";

bool is_good(const char* key, const std::string& text, const Bytes& signature) {
  return DocumentVerifier::from_pem(key).value().verifies(as_bytes(text), signature);
}

TEST(DocumentSignature, takes_what_openssl_has_signed) {
  const Bytes ec = base64::decode(ec_signature).value();
  const Bytes ed = base64::decode(ed_signature).value();
  EXPECT_TRUE(is_good(ec_public, document, ec));
  EXPECT_TRUE(is_good(ed_public, document, ed));
  EXPECT_FALSE(is_good(ec_public, "the list of yesterday\n", ec));
  EXPECT_FALSE(is_good(ed_public, "the list of yesterday\n", ed));
  EXPECT_FALSE(is_good(ec_public, document, ed));
  EXPECT_FALSE(is_good(ed_public, document, ec));
}

TEST(DocumentSignature, takes_ecdsa_as_der_and_as_two_numbers) {
  const Bytes der = base64::decode(ec_signature).value();
  const auto numbers = parse_p256_signature(der).value();
  Bytes flat(numbers.r.begin(), numbers.r.end());
  flat.insert(flat.end(), numbers.s.begin(), numbers.s.end());
  EXPECT_TRUE(is_good(ec_public, document, flat));
  flat.back() ^= 1U;
  EXPECT_FALSE(is_good(ec_public, document, flat));
}

TEST(DocumentSignature, is_false_when_anything_is_missing_changed_or_follows) {
  for (const auto& [key, text] : {std::pair(ec_public, ec_signature), std::pair(ed_public, ed_signature)}) {
    const Bytes good = base64::decode(text).value();
    for (std::size_t i = 0; i < good.size(); ++i) {
      Bytes changed = good;
      changed[i] ^= 1U;
      EXPECT_FALSE(is_good(key, document, changed)) << i;
      EXPECT_FALSE(is_good(key, document, Bytes(good.begin(), good.begin() + static_cast<long>(i)))) << i;
    }
    Bytes longer = good;
    longer.push_back(0);
    EXPECT_FALSE(is_good(key, document, longer));
    EXPECT_FALSE(is_good(key, document, {}));
    EXPECT_FALSE(is_good(key, document, Bytes(64, 0)));
    EXPECT_FALSE(is_good(key, document, Bytes(1'000'000, 0x30)));
  }
}

TEST(DocumentSignature, signs_what_its_public_key_verifies) {
  for (const auto& [private_key, public_key] :
       {std::pair(ec_private, ec_public), std::pair(ed_private, ed_public)}) {
    const auto signer = DocumentSigner::from_pem(private_key);
    ASSERT_TRUE(signer) << signer.error().detail;
    EXPECT_EQ(signer->algorithm(), DocumentVerifier::from_pem(public_key).value().algorithm());
    const Bytes signature = signer->sign(as_bytes("another")).value();
    EXPECT_TRUE(is_good(public_key, "another", signature));
  }
  // Ed25519 is the same each time (RFC 8032): what OpenSSL's program has made.
  EXPECT_EQ(DocumentSigner::from_pem(ed_private).value().sign(as_bytes(document)).value(),
            base64::decode(ed_signature).value());
}

TEST(DocumentSignature, tells_why_a_key_is_none) {
  EXPECT_EQ(DocumentVerifier::from_pem("").error().code, Errc::malformed);
  EXPECT_EQ(DocumentVerifier::from_pem(ec_private).error().code, Errc::malformed);
  EXPECT_EQ(DocumentVerifier::from_pem(p384_public).error().code, Errc::unsupported);
  EXPECT_EQ(DocumentVerifier::from_pem(std::string(5000, 'x')).error().code, Errc::too_large);
  const auto none = DocumentSigner::from_pem(ec_public);
  EXPECT_EQ(none.error().code, Errc::malformed);
  EXPECT_EQ(none.error().detail.find("MFkw"), std::string::npos) << "nothing of the file is repeated";
}

}  // namespace
}  // namespace leafgate::crypto::document_signature_test

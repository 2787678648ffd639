#include "gateway/crypto/aead.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/digest.hpp"

namespace leafgate::crypto::aead_test {
namespace {

Bytes from_hex(std::string_view text) {
  Bytes out;
  for (std::size_t i = 0; i < text.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return out;
}

AeadNonce nonce_from(std::string_view text) {
  AeadNonce out{};
  const Bytes octets = from_hex(text);
  std::copy(octets.begin(), octets.end(), out.begin());
  return out;
}

struct Known {
  const char* key;
  const char* nonce;
  const char* associated;
  const char* plain;
  const char* sealed;
};

// Vectors: "The Galois/Counter Mode of Operation" (McGrew, Viega), test cases 13, 14 and 16.
constexpr Known vectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5"
     "aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6"
     "3"
     "93ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"}};

TEST(Aead, gives_what_others_give_and_opens_it) {
  for (const Known& known : vectors) {
    const Bytes key = from_hex(known.key);
    const Bytes associated = from_hex(known.associated);
    const Bytes sealed = aead_seal(key, nonce_from(known.nonce), associated, from_hex(known.plain));
    EXPECT_EQ(hex(sealed), known.sealed);
    EXPECT_EQ(hex(aead_open(key, nonce_from(known.nonce), associated, sealed).value().view()), known.plain);
  }
}

TEST(Aead, a_bit_that_was_changed_anywhere_is_noticed) {
  const Known& known = vectors[2];
  Bytes sealed = from_hex(known.sealed);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    sealed[bit / 8] = static_cast<std::uint8_t>(sealed[bit / 8] ^ (1U << (bit % 8)));
    const auto opened =
        aead_open(from_hex(known.key), nonce_from(known.nonce), from_hex(known.associated), sealed);
    EXPECT_EQ(opened.error().code, Errc::refused) << bit;
    sealed[bit / 8] = static_cast<std::uint8_t>(sealed[bit / 8] ^ (1U << (bit % 8)));
  }
}

TEST(Aead, opens_with_the_same_key_nonce_and_associated_data_only) {
  const Known& known = vectors[2];
  const Bytes sealed = from_hex(known.sealed);
  const Bytes key = from_hex(known.key);
  const AeadNonce nonce = nonce_from(known.nonce);
  const Bytes associated = from_hex(known.associated);
  EXPECT_FALSE(aead_open(from_hex(vectors[0].key), nonce, associated, sealed));
  EXPECT_FALSE(aead_open(key, nonce_from(vectors[0].nonce), associated, sealed));
  EXPECT_FALSE(aead_open(key, nonce, ByteView(associated).first(19), sealed));
  EXPECT_EQ(aead_open(key, nonce, associated, ByteView(sealed).first(15)).error().code, Errc::malformed);
  EXPECT_FALSE(aead_open(key, nonce, associated, ByteView(sealed).first(sealed.size() - 1)));
}

}  // namespace
}  // namespace leafgate::crypto::aead_test

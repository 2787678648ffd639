#include "gateway/crypto/p256.hpp"

#include <string>

#include <gtest/gtest.h>

namespace leafgate::crypto::p256_test {
namespace {

// The base point of P-256 (FIPS 186-4 D.1.2.3), which is a public key too.
constexpr std::string_view base_point =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
    "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view on_p384 =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEqofKIr6LBTeOscce8yCtdG4dO2KLp5uY\n"
    "WfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3NhfeSpYmLG9dnpi/kpLcKfj0Hb0omhR8\n"
    "6doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f\n"
    "-----END PUBLIC KEY-----\n";

TEST(P256, a_public_key_is_its_point_and_the_way_back_is_the_same_text) {
  const auto of_base = p256_point_of_pem(base_point);
  ASSERT_TRUE(of_base) << of_base.error().detail;
  EXPECT_EQ(hex(*of_base),
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  EXPECT_EQ(p256_pem(*of_base), base_point);
  EXPECT_EQ(p256_pem({}), "");
  EXPECT_EQ(p256_pem(Bytes(65, 4)), "") << "no point of the curve";
}

TEST(P256, other_keys_and_what_is_none_are_refused) {
  EXPECT_EQ(p256_point_of_pem(on_p384).error().code, Errc::unsupported);
  EXPECT_EQ(p256_point_of_pem("").error().code, Errc::malformed);
  EXPECT_EQ(p256_point_of_pem(base_point.substr(0, 100)).error().code, Errc::malformed);
  EXPECT_EQ(p256_point_of_pem(std::string(5000, 'x')).error().code, Errc::too_large);
  const std::string asks =
      "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
      "00000000000000000000000000000000\n\n";
  EXPECT_EQ(p256_point_of_pem(asks + std::string(base_point.substr(27))).error().code, Errc::malformed)
      << "and nobody is asked for a passphrase";
}

TEST(P256, a_signature_is_its_two_numbers_and_nothing_more) {
  const Bytes der = {0x30, 6, 2, 1, 1, 2, 1, 0x7f};
  const auto parts = parse_p256_signature(der);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->r[31], 1);
  EXPECT_EQ(parts->s[31], 0x7f);
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_FALSE(parse_p256_signature(longer));
  for (std::size_t cut = 0; cut < der.size(); ++cut)
    EXPECT_FALSE(parse_p256_signature(ByteView(der).first(cut)));
  Bytes huge = {0x30, 38, 2, 33, 1};
  huge.insert(huge.end(), 32, 0);
  huge.insert(huge.end(), {2, 1, 1});
  EXPECT_FALSE(parse_p256_signature(huge)) << "a number above 32 octets";
}

Bytes octets(std::string_view hexadecimal) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hexadecimal.substr(i, 2)), nullptr, 16)));
  return out;
}

// RFC 6979 A.2.5: P-256 with SHA-256, message "sample".
const Bytes point = octets(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b2"
    "0c2d7e9f5177a3c294d4462299");
const Bytes r = octets("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
const Bytes s = octets("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");

TEST(P256, a_known_signature_is_good) {
  EXPECT_TRUE(is_p256_signature(point, as_bytes("sample"), r, s));
  EXPECT_FALSE(is_p256_signature(point, as_bytes("Sample"), r, s));
}

TEST(P256, one_changed_bit_makes_it_false) {
  for (std::size_t bit = 0; bit < 8 * r.size(); ++bit) {
    Bytes other = r;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(is_p256_signature(point, as_bytes("sample"), other, s));
    Bytes elsewhere = point;
    elsewhere[bit / 4] = static_cast<std::uint8_t>(elsewhere[bit / 4] ^ (1U << (bit % 8)));
    EXPECT_FALSE(is_p256_signature(elsewhere, as_bytes("sample"), r, s));
  }
}

TEST(P256, what_is_no_point_or_no_number_is_no_signature) {
  EXPECT_FALSE(is_p256_signature({}, as_bytes("sample"), r, s));
  EXPECT_FALSE(is_p256_signature(point, as_bytes("sample"), {}, s));
  EXPECT_FALSE(is_p256_signature(point, as_bytes("sample"), r, Bytes(33, 1)));
  EXPECT_FALSE(is_p256_signature(point, as_bytes("sample"), Bytes(32, 0), s));
  EXPECT_FALSE(is_p256_signature(Bytes(65, 4), as_bytes("sample"), r, s));
}

}  // namespace
}  // namespace leafgate::crypto::p256_test

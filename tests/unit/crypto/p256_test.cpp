#include "gateway/crypto/p256.hpp"

#include <string>

#include <gtest/gtest.h>

namespace leafgate::crypto {
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

TEST(P256, a_public_key_is_its_point) {
  const auto point = parse_p256_public_key(base_point);
  ASSERT_TRUE(point) << point.error().detail;
  EXPECT_EQ(hex(point->x), "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
  EXPECT_EQ(hex(point->y), "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
}

TEST(P256, other_keys_and_what_is_none_are_refused) {
  EXPECT_EQ(parse_p256_public_key(on_p384).error().code, Errc::unsupported);
  EXPECT_EQ(parse_p256_public_key("").error().code, Errc::malformed);
  EXPECT_EQ(parse_p256_public_key(base_point.substr(0, 100)).error().code, Errc::malformed);
  EXPECT_EQ(parse_p256_public_key(std::string(5000, 'x')).error().code, Errc::too_large);
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

}  // namespace
}  // namespace leafgate::crypto

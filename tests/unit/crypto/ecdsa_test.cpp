#include "gateway/crypto/ecdsa.hpp"

#include <string>

#include <gtest/gtest.h>

namespace leafgate::crypto {
namespace {

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

TEST(Ecdsa, a_known_signature_is_good) {
  EXPECT_TRUE(is_p256_signature(point, as_bytes("sample"), r, s));
  EXPECT_FALSE(is_p256_signature(point, as_bytes("Sample"), r, s));
}

TEST(Ecdsa, one_changed_bit_makes_it_false) {
  for (std::size_t bit = 0; bit < 8 * r.size(); ++bit) {
    Bytes other = r;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(is_p256_signature(point, as_bytes("sample"), other, s));
    Bytes elsewhere = point;
    elsewhere[bit / 4] = static_cast<std::uint8_t>(elsewhere[bit / 4] ^ (1U << (bit % 8)));
    EXPECT_FALSE(is_p256_signature(elsewhere, as_bytes("sample"), r, s));
  }
}

TEST(Ecdsa, what_is_no_point_or_no_number_is_no_signature) {
  EXPECT_FALSE(is_p256_signature({}, as_bytes("sample"), r, s));
  EXPECT_FALSE(is_p256_signature(point, as_bytes("sample"), {}, s));
  EXPECT_FALSE(is_p256_signature(point, as_bytes("sample"), r, Bytes(33, 1)));
  EXPECT_FALSE(is_p256_signature(point, as_bytes("sample"), Bytes(32, 0), s));
  EXPECT_FALSE(is_p256_signature(Bytes(65, 4), as_bytes("sample"), r, s));
}

TEST(Ecdsa, a_key_comes_from_pem) {
  const std::string pem =
      "-----BEGIN PUBLIC KEY-----\n"
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n"
      "Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n"
      "-----END PUBLIC KEY-----\n";
  const auto read = p256_point_of_pem(pem);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, point);
  EXPECT_EQ(p256_point_of_pem("nothing").error().code, Errc::malformed);
}

}  // namespace
}  // namespace leafgate::crypto

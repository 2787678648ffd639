#include "gateway/crypto/base64.hpp"

#include <array>

#include <gtest/gtest.h>

namespace leafgate::crypto::base64::base64_test {
namespace {

struct Row {
  std::string_view octets;
  std::string_view text;
};

// RFC 4648 §10.
constexpr auto published = std::to_array<Row>({{"", ""},
                                               {"f", "Zg=="},
                                               {"fo", "Zm8="},
                                               {"foo", "Zm9v"},
                                               {"foob", "Zm9vYg=="},
                                               {"fooba", "Zm9vYmE="},
                                               {"foobar", "Zm9vYmFy"}});

TEST(Base64, EncodesAndDecodesThePublishedVectors) {
  for (const Row& row : published) {
    EXPECT_EQ(encode(as_bytes(row.octets)), row.text);
    const auto decoded = decode(row.text);
    ASSERT_TRUE(decoded) << row.text;
    EXPECT_EQ(as_text(*decoded), row.octets);
  }
}

TEST(Base64, CarriesEveryOctetAtEveryPosition) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
  for (std::size_t cut = 0; cut < 4; ++cut) {
    const Bytes part(all.begin() + static_cast<std::ptrdiff_t>(cut), all.end());
    const auto back = decode(encode(part));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, part);
  }
}

TEST(Base64, RefusesWhatIsNotTheOneTextOfItsOctets) {
  using namespace std::string_view_literals;
  for (const auto text : {"Z"sv, "Zg"sv, "Zg="sv, "Zg==="sv, "Zm9v===="sv, "===="sv, "Z==="sv, "Zg==Zg=="sv,
                          "Zm=v"sv, "Zm 9v"sv, "Zm9v\n"sv, "Zm9v\r\n\r\n"sv, "Zm9-"sv, "Zm9_"sv, "Zh=="sv,
                          "Zm9="sv, "Zm\0v"sv, "Zm9\xff"sv})
    EXPECT_FALSE(decode(text)) << text;
}

TEST(Base64, DecodesAKeyIntoASecret) {
  const auto key = decode_secret("Zm9vYg==");
  ASSERT_TRUE(key);
  EXPECT_EQ(as_text(key->view()), "foob");
  EXPECT_FALSE(decode_secret("Zm9vYg="));
}

}  // namespace
}  // namespace leafgate::crypto::base64::base64_test
